// A city's digital twin on Azure. What each size is for and what it costs: docs/capacity.md; how to deploy, look
// beforehand and go back: docs/operations.md.

targetScope = 'subscription'

import { administrator, eventHubsSize, gatewaySize, iotHubSize, postgresSize, redisSize, siloSet, siloSize } from 'modules/types.bicep'

@description('Lower-case letters and digits; part of every name.')
@minLength(3)
@maxLength(10)
param cityName string
param location string
param tags object = {
  application: 'city-digital-twin'
}
@description('Services have private endpoints and no public address. IoT Hub, which devices come to, stays public.')
param isPrivate bool
@allowed([
  'Basic'
  'Premium'
])
param registrySku string
@allowed([
  'Standard_LRS'
  'Standard_ZRS'
])
param storageSku string
param iotHub iotHubSize
param eventHubs eventHubsSize
param redis redisSize
param postgres postgresSize
param silo siloSize
@description('Empty on the first run, which makes the registry that images go to.')
param siloSets siloSet[]
param gateway gatewaySize
@description('Where the collector\'s image comes from, in our registry: publish-images.sh imports it there.')
param collectorTag string = 'v3.5.0'
param databaseAdmin administrator
param alertEmails string[]
param logRetentionDays int = 30
param logQuotaGB int
param budgetUsd int
param budgetStart string

var name = toLower(cityName)
// Names that are unique in the whole of Azure.
var unique = take(uniqueString(subscription().id, name, location), 6)
var silos = flatten(map(siloSets, set => map(range(0, set.count), i => {
  name: 'silo-${set.name}-${i}'
  imageTag: set.imageTag
  siloPort: set.firstSiloPort + i
  gatewayPort: set.firstGatewayPort + i
})))
// A node for each silo, and as many again while a new set stands beside the old one.
var siloNodes = max(1, length(silos))
var hasGateway = !empty(gateway.imageTag)

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: 'rg-digital-twin-${name}'
  location: location
  tags: tags
}

module identities 'modules/identities.bicep' = {
  scope: group
  name: 'identities'
  params: {
    name: name
    location: location
    tags: tags
  }
}

module network 'modules/network.bicep' = {
  scope: group
  name: 'network'
  params: {
    name: name
    location: location
    tags: tags
    isPrivate: isPrivate
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  name: 'monitoring'
  params: {
    name: name
    location: location
    tags: tags
    retentionDays: logRetentionDays
    logQuotaGB: logQuotaGB
    alertEmails: alertEmails
    publisherPrincipalIds: [
      identities.outputs.siloPrincipalId
      identities.outputs.gatewayPrincipalId
    ]
  }
}

module registry 'modules/registry.bicep' = {
  scope: group
  name: 'registry'
  params: {
    name: 'cr${name}${unique}'
    location: location
    tags: tags
    sku: registrySku
    isPrivate: isPrivate
    endpointSubnetId: network.outputs.endpointSubnetId
    zoneId: network.outputs.registryZoneId
    pullerPrincipalIds: [
      identities.outputs.siloPrincipalId
      identities.outputs.gatewayPrincipalId
    ]
  }
}

module vault 'modules/vault.bicep' = {
  scope: group
  name: 'vault'
  params: {
    name: 'kv-${name}-${unique}'
    location: location
    tags: tags
    isPrivate: isPrivate
    endpointSubnetId: network.outputs.endpointSubnetId
    zoneId: network.outputs.vaultZoneId
    readerPrincipalId: identities.outputs.gatewayPrincipalId
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  name: 'storage'
  params: {
    name: 'st${name}${unique}'
    location: location
    tags: tags
    sku: storageSku
    isPrivate: isPrivate
    endpointSubnetId: network.outputs.endpointSubnetId
    blobZoneId: network.outputs.blobZoneId
    tableZoneId: network.outputs.tableZoneId
    gatewayPrincipalId: identities.outputs.gatewayPrincipalId
    siloPrincipalId: identities.outputs.siloPrincipalId
  }
}

module events 'modules/event-hubs.bicep' = {
  scope: group
  name: 'event-hubs'
  params: {
    name: 'evhns-${name}-${unique}'
    location: location
    tags: tags
    size: eventHubs
    isPrivate: isPrivate
    endpointSubnetId: network.outputs.endpointSubnetId
    zoneId: network.outputs.eventHubsZoneId
    senderPrincipalId: identities.outputs.hubPrincipalId
    receiverPrincipalId: identities.outputs.gatewayPrincipalId
  }
}

module hubs 'modules/iot-hub.bicep' = [for i in range(0, iotHub.hubs): {
  scope: group
  name: 'iot-hub-${i}'
  params: {
    name: 'iot-${name}-${unique}-${i}'
    location: location
    tags: tags
    sku: iotHub.sku
    units: iotHub.units
    routingIdentityId: identities.outputs.hubId
    eventHubsHost: events.outputs.host
    telemetryHub: events.outputs.telemetryHub
    lifecycleHub: events.outputs.lifecycleHub
    servicePrincipalId: identities.outputs.gatewayPrincipalId
  }
}]

module cache 'modules/redis.bicep' = {
  scope: group
  name: 'redis'
  params: {
    name: 'redis-${name}-${unique}'
    location: location
    tags: tags
    size: redis
    isPrivate: isPrivate
    endpointSubnetId: network.outputs.endpointSubnetId
    zoneId: network.outputs.redisZoneId
    userPrincipalIds: [
      identities.outputs.siloPrincipalId
      identities.outputs.gatewayPrincipalId
    ]
  }
}

module databases 'modules/postgres.bicep' = [for i in range(0, postgres.servers): {
  scope: group
  name: 'postgres-${i}'
  params: {
    name: 'psql-${name}-${unique}-${i}'
    location: location
    tags: tags
    size: postgres
    subnetId: network.outputs.postgresSubnetId
    zoneId: network.outputs.postgresZoneId
    admin: databaseAdmin
  }
}]

module siloEnvironment 'modules/apps-environment.bicep' = {
  scope: group
  name: 'silo-environment'
  params: {
    name: 'cae-${name}-silos'
    location: location
    tags: tags
    subnetId: network.outputs.siloSubnetId
    isInternal: true
    profile: silo.profile
    nodesMin: siloNodes
    nodesMax: siloNodes * 2
    // Spreads the replicas of one app; a silo has one, so it would promise what it does not do.
    isZoneRedundant: false
    workspaceId: monitoring.outputs.workspaceId
  }
}

module gatewayEnvironment 'modules/apps-environment.bicep' = {
  scope: group
  name: 'gateway-environment'
  params: {
    name: 'cae-${name}-gateways'
    location: location
    tags: tags
    subnetId: network.outputs.gatewaySubnetId
    isInternal: false
    profile: gateway.profile
    nodesMin: gateway.minReplicas
    nodesMax: gateway.maxReplicas
    isZoneRedundant: gateway.minReplicas > 1
    workspaceId: monitoring.outputs.workspaceId
  }
}

// docs/operations.md has the table of settings.
module settings 'modules/settings.bicep' = {
  scope: group
  name: 'settings'
  params: {
    clusterId: name
    tableEndpoint: storage.outputs.tableEndpoint
    membershipTable: storage.outputs.membershipTable
    postgresHosts: [for i in range(0, postgres.servers): databases[i].outputs.host]
    databaseName: databases[0].outputs.databaseName
    redisEndpoint: cache.outputs.endpoint
    eventHubsHost: events.outputs.host
    telemetryHub: events.outputs.telemetryHub
    lifecycleHub: events.outputs.lifecycleHub
    consumerGroup: events.outputs.consumerGroup
    checkpointsUri: storage.outputs.checkpointsUri
    iotHubHosts: [for i in range(0, iotHub.hubs): hubs[i].outputs.hostName]
  }
}

module siloApps 'modules/silo.bicep' = [for one in silos: {
  scope: group
  name: one.name
  params: {
    name: one.name
    location: location
    tags: tags
    environmentId: siloEnvironment.outputs.id
    advertisedIp: siloEnvironment.outputs.staticIp
    siloPort: one.siloPort
    gatewayPort: one.gatewayPort
    size: silo
    image: '${registry.outputs.loginServer}/digitaltwin-silo:${one.imageTag}'
    collectorImage: '${registry.outputs.loginServer}/prometheus:${collectorTag}'
    registryServer: registry.outputs.loginServer
    identityId: identities.outputs.siloId
    clientId: identities.outputs.siloClientId
    remoteWriteUri: monitoring.outputs.remoteWriteUri
    sharedSettings: concat(settings.outputs.shared, [
      {
        name: 'Postgres__User'
        value: identities.outputs.siloName
      }
      {
        // Of several servers the first: history is on one. Its tables are of the role that both identities are in.
        name: 'DIGITALTWIN_HISTORY_POSTGRES'
        value: 'Host=${databases[0].outputs.host};Database=${databases[0].outputs.databaseName};Username=${identities.outputs.siloName};Options=-c role=history'
      }
    ])
  }
}]

module gatewayApp 'modules/gateway.bicep' = if (hasGateway) {
  scope: group
  name: 'gateway'
  params: {
    name: 'gateway'
    location: location
    tags: tags
    environmentId: gatewayEnvironment.outputs.id
    size: gateway
    image: '${registry.outputs.loginServer}/digitaltwin-gateway:${gateway.imageTag}'
    collectorImage: '${registry.outputs.loginServer}/prometheus:${collectorTag}'
    registryServer: registry.outputs.loginServer
    identityId: identities.outputs.gatewayId
    clientId: identities.outputs.gatewayClientId
    remoteWriteUri: monitoring.outputs.remoteWriteUri
    sharedSettings: concat(settings.outputs.shared, [
      {
        name: 'Postgres__User'
        value: identities.outputs.gatewayName
      }
      {
        // Of several servers the first: history is on one. Its tables are of the role that both identities are in.
        name: 'DIGITALTWIN_HISTORY_POSTGRES'
        value: 'Host=${databases[0].outputs.host};Database=${databases[0].outputs.databaseName};Username=${identities.outputs.gatewayName};Options=-c role=history'
      }
    ])
    vaultUri: vault.outputs.uri
    eventHubsNamespace: events.outputs.name
    telemetryHub: events.outputs.telemetryHub
    consumerGroup: events.outputs.consumerGroup
    storageAccountName: storage.outputs.accountName
    checkpointsContainer: storage.outputs.checkpointsContainer
  }
}

module alerts 'modules/alerts.bicep' = {
  scope: group
  name: 'alerts'
  params: {
    name: name
    location: location
    tags: tags
    actionGroupId: monitoring.outputs.actionGroupId
    metricsId: monitoring.outputs.metricsId
    iotHubIds: [for i in range(0, iotHub.hubs): hubs[i].outputs.id]
    eventHubsId: events.outputs.id
    postgresIds: [for i in range(0, postgres.servers): databases[i].outputs.id]
    redisId: cache.outputs.id
    siloCount: length(silos)
  }
}

module budget 'modules/budget.bicep' = {
  scope: group
  name: 'budget'
  params: {
    name: 'budget-${name}'
    amountUsd: budgetUsd
    startDate: budgetStart
    emails: alertEmails
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output AZURE_CONTAINER_REGISTRY_ENDPOINT string = registry.outputs.loginServer
output AZURE_KEY_VAULT_NAME string = vault.outputs.name
output POSTGRES_HOSTS string[] = [for i in range(0, postgres.servers): databases[i].outputs.host]
output SILO_ADDRESS string = siloEnvironment.outputs.staticIp
output GATEWAY_ADDRESS string = gatewayEnvironment.outputs.staticIp
output GATEWAY_HOST string = 'gateway.${gatewayEnvironment.outputs.defaultDomain}'
output SILO_ROLE string = identities.outputs.siloName
output GATEWAY_ROLE string = identities.outputs.gatewayName
