// How far the gateways have read (checkpoints), and which silos there are (the membership table).

import { roles } from 'roles.bicep'

param name string
param location string
param tags object
@allowed([
  'Standard_LRS'
  'Standard_ZRS'
])
param sku string
param isPrivate bool
param endpointSubnetId string
param blobZoneId string
param tableZoneId string
param gatewayPrincipalId string
param siloPrincipalId string

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: sku
  }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' = {
  parent: account
  name: 'default'
}

resource checkpoints 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = {
  parent: blobs
  name: 'checkpoints'
  properties: {
    publicAccess: 'None'
  }
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices@2025-01-01' = {
  parent: account
  name: 'default'
}

resource membership 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-01-01' = {
  parent: tables
  name: 'OrleansSiloInstances'
}

resource writeCheckpoints 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: checkpoints
  name: guid(checkpoints.id, gatewayPrincipalId, roles.storageBlobDataContributor)
  properties: {
    principalId: gatewayPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roles.storageBlobDataContributor
    )
  }
}

// Gateways are Orleans clients: they only read, but the provider creates the table where it is missing.
resource writeMembership 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for principalId in [siloPrincipalId, gatewayPrincipalId]: {
  scope: membership
  name: guid(membership.id, principalId, roles.storageTableDataContributor)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roles.storageTableDataContributor
    )
  }
}]

module blobEndpoint 'private-endpoint.bicep' = if (isPrivate) {
  name: 'endpoint-blob'
  params: {
    name: '${account.name}-blob'
    location: location
    tags: tags
    subnetId: endpointSubnetId
    serviceId: account.id
    groupId: 'blob'
    zoneId: blobZoneId
  }
}

module tableEndpoint 'private-endpoint.bicep' = if (isPrivate) {
  name: 'endpoint-table'
  params: {
    name: '${account.name}-table'
    location: location
    tags: tags
    subnetId: endpointSubnetId
    serviceId: account.id
    groupId: 'table'
    zoneId: tableZoneId
  }
}

output accountName string = account.name
output tableEndpoint string = account.properties.primaryEndpoints.table
output checkpointsUri string = '${account.properties.primaryEndpoints.blob}${checkpoints.name}'
output checkpointsContainer string = checkpoints.name
output membershipTable string = membership.name
