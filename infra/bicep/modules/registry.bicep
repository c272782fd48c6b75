// Images. Nobody has a password here: who pulls is an identity.

import { roles } from 'roles.bicep'

param name string
param location string
param tags object
@description('Private endpoints and zones need Premium.')
@allowed([
  'Basic'
  'Premium'
])
param sku string
param isPrivate bool
param endpointSubnetId string
param zoneId string
param pullerPrincipalIds string[]

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: sku
  }
  properties: {
    adminUserEnabled: false
    anonymousPullEnabled: false
    // Images are pushed from where they are built, outside the network, by an identity with AcrPush.
    publicNetworkAccess: 'Enabled'
    networkRuleBypassOptions: 'AzureServices'
    zoneRedundancy: sku == 'Premium' ? 'Enabled' : 'Disabled'
  }
}

resource pull 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for principalId in pullerPrincipalIds: {
  scope: registry
  name: guid(registry.id, principalId, roles.acrPull)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.acrPull)
  }
}]

module endpoint 'private-endpoint.bicep' = if (isPrivate) {
  name: 'endpoint-registry'
  params: {
    name: registry.name
    location: location
    tags: tags
    subnetId: endpointSubnetId
    serviceId: registry.id
    groupId: 'registry'
    zoneId: zoneId
  }
}

output loginServer string = registry.properties.loginServer
