// Cache and fan-out of frames between gateways. Nothing here is the only copy of anything.

import { redisSize } from 'types.bicep'

param name string
param location string
param tags object
param size redisSize
param isPrivate bool
param endpointSubnetId string
param zoneId string
param userPrincipalIds string[]

resource cluster 'Microsoft.Cache/redisEnterprise@2025-07-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: size.sku
  }
  properties: {
    highAvailability: size.highAvailability
    minimumTlsVersion: '1.2'
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
  }
}

resource database 'Microsoft.Cache/redisEnterprise/databases@2025-07-01' = {
  parent: cluster
  name: 'default'
  properties: {
    accessKeysAuthentication: 'Disabled'
    clientProtocol: 'Encrypted'
    // Publish and subscribe goes to any node, and the client needs no cluster protocol.
    clusteringPolicy: 'EnterpriseCluster'
    evictionPolicy: 'VolatileLRU'
    port: 10000
  }
}

// One after the other: the database takes one change at a time.
@batchSize(1)
resource users 'Microsoft.Cache/redisEnterprise/databases/accessPolicyAssignments@2025-07-01' = [for (principalId, i) in userPrincipalIds: {
  parent: database
  name: 'user${i}'
  properties: {
    accessPolicyName: 'default'
    user: {
      objectId: principalId
    }
  }
}]

module endpoint 'private-endpoint.bicep' = if (isPrivate) {
  name: 'endpoint-redis'
  params: {
    name: cluster.name
    location: location
    tags: tags
    subnetId: endpointSubnetId
    serviceId: cluster.id
    groupId: 'redisEnterprise'
    zoneId: zoneId
  }
}

output id string = cluster.id
output endpoint string = '${cluster.properties.hostName}:10000'
