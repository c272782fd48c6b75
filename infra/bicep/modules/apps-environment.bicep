// A Container Apps environment in a subnet of ours: internal for silos, external for gateways.

param name string
param location string
param tags object
param subnetId string
@description('Internal: the environment has a private address only, and what it exposes stays in the virtual network.')
param isInternal bool
@description('Consumption needs no nodes; any other profile has a pool of its own.')
param profile string
param nodesMin int
param nodesMax int
param isZoneRedundant bool
param workspaceId string

var consumption = [
  {
    name: 'Consumption'
    workloadProfileType: 'Consumption'
  }
]
var dedicated = [
  {
    name: profile
    workloadProfileType: profile
    minimumCount: nodesMin
    maximumCount: nodesMax
  }
]

resource environment 'Microsoft.App/managedEnvironments@2025-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    appLogsConfiguration: {
      destination: 'azure-monitor'
    }
    publicNetworkAccess: isInternal ? 'Disabled' : 'Enabled'
    vnetConfiguration: {
      infrastructureSubnetId: subnetId
      internal: isInternal
    }
    workloadProfiles: profile == 'Consumption' ? consumption : concat(consumption, dedicated)
    zoneRedundant: isZoneRedundant
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: environment
  name: 'logs'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'ContainerAppConsoleLogs'
        enabled: true
      }
      {
        category: 'ContainerAppSystemLogs'
        enabled: true
      }
    ]
  }
}

output id string = environment.id
output staticIp string = environment.properties.staticIp
output defaultDomain string = environment.properties.defaultDomain
