// What devices say, in order for each device, until a gateway has taken it.

import { roles } from 'roles.bicep'
import { eventHubsSize } from 'types.bicep'

param name string
param location string
param tags object
param size eventHubsSize
param isPrivate bool
param endpointSubnetId string
param zoneId string
param senderPrincipalId string
param receiverPrincipalId string

resource namespace 'Microsoft.EventHub/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: size.tier
    tier: size.tier
    capacity: size.capacity
  }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    // Premium has nothing to inflate.
    isAutoInflateEnabled: size.tier == 'Standard' && size.maximumThroughputUnits > 0
    maximumThroughputUnits: size.tier == 'Standard' ? size.maximumThroughputUnits : 0
  }
}

// IoT Hub delivers from outside the network; it comes in as a trusted service with its identity.
resource trusted 'Microsoft.EventHub/namespaces/networkRuleSets@2024-01-01' = {
  parent: namespace
  name: 'default'
  properties: {
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    defaultAction: isPrivate ? 'Deny' : 'Allow'
    trustedServiceAccessEnabled: true
  }
}

resource telemetry 'Microsoft.EventHub/namespaces/eventhubs@2024-01-01' = {
  parent: namespace
  name: 'telemetry'
  properties: {
    partitionCount: size.partitions
    retentionDescription: {
      cleanupPolicy: 'Delete'
      retentionTimeInHours: size.retentionHours
    }
  }
}

// Twin changes and connects of devices: few, and apart from telemetry so that neither waits for the other.
resource lifecycle 'Microsoft.EventHub/namespaces/eventhubs@2024-01-01' = {
  parent: namespace
  name: 'lifecycle'
  properties: {
    partitionCount: 4
    retentionDescription: {
      cleanupPolicy: 'Delete'
      retentionTimeInHours: size.retentionHours
    }
  }
}

// A group of our own: two readers of $Default would take each other's partitions.
resource telemetryGroup 'Microsoft.EventHub/namespaces/eventhubs/consumergroups@2024-01-01' = {
  parent: telemetry
  name: 'city'
}

resource lifecycleGroup 'Microsoft.EventHub/namespaces/eventhubs/consumergroups@2024-01-01' = {
  parent: lifecycle
  name: 'city'
}

resource sendTelemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: telemetry
  name: guid(telemetry.id, senderPrincipalId, roles.eventHubsDataSender)
  properties: {
    principalId: senderPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.eventHubsDataSender)
  }
}

resource sendLifecycle 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: lifecycle
  name: guid(lifecycle.id, senderPrincipalId, roles.eventHubsDataSender)
  properties: {
    principalId: senderPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.eventHubsDataSender)
  }
}

resource receiveTelemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: telemetry
  name: guid(telemetry.id, receiverPrincipalId, roles.eventHubsDataReceiver)
  properties: {
    principalId: receiverPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.eventHubsDataReceiver)
  }
}

resource receiveLifecycle 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: lifecycle
  name: guid(lifecycle.id, receiverPrincipalId, roles.eventHubsDataReceiver)
  properties: {
    principalId: receiverPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.eventHubsDataReceiver)
  }
}

module endpoint 'private-endpoint.bicep' = if (isPrivate) {
  name: 'endpoint-event-hubs'
  params: {
    name: namespace.name
    location: location
    tags: tags
    subnetId: endpointSubnetId
    serviceId: namespace.id
    groupId: 'namespace'
    zoneId: zoneId
  }
}

output id string = namespace.id
output name string = namespace.name
output host string = '${namespace.name}.servicebus.windows.net'
output telemetryHub string = telemetry.name
output lifecycleHub string = lifecycle.name
output consumerGroup string = telemetryGroup.name
