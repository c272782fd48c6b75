// One virtual network: silos and gateways each with a subnet of their own, PostgreSQL in a delegated one,
// and one for private endpoints. Nothing but the gateways' environment has a public address.

param name string
param location string
param tags object
@description('Private endpoints need their zones; without them every service answers on its public name.')
param isPrivate bool

var addressSpace = '10.40.0.0/16'
var siloSubnet = '10.40.0.0/23'
var gatewaySubnet = '10.40.2.0/23'
var postgresSubnet = '10.40.4.0/24'
var endpointSubnet = '10.40.5.0/24'

// Azure Managed Redis: privatelink.redis.azure.net. The others: learn.microsoft.com/azure/private-link/private-endpoint-dns
var endpointZones = [
  'privatelink.azurecr.io'
  'privatelink.vaultcore.azure.net'
  'privatelink.blob.${environment().suffixes.storage}'
  'privatelink.table.${environment().suffixes.storage}'
  'privatelink.servicebus.windows.net'
  'privatelink.redis.azure.net'
]

// A silo believes whoever reaches its ports, so only silos and gateways may; the load balancer's probes are let in.
resource siloGuard 'Microsoft.Network/networkSecurityGroups@2025-05-01' = {
  name: 'nsg-${name}-silos'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'silos-and-gateways'
        properties: {
          access: 'Allow'
          direction: 'Inbound'
          priority: 100
          protocol: 'Tcp'
          sourceAddressPrefixes: [
            siloSubnet
            gatewaySubnet
          ]
          sourcePortRange: '*'
          destinationAddressPrefix: siloSubnet
          destinationPortRange: '*'
        }
      }
      {
        name: 'load-balancer'
        properties: {
          access: 'Allow'
          direction: 'Inbound'
          priority: 110
          protocol: '*'
          sourceAddressPrefix: 'AzureLoadBalancer'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
      {
        name: 'nobody-else'
        properties: {
          access: 'Deny'
          direction: 'Inbound'
          priority: 200
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource vnet 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: 'vnet-${name}'
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [
        addressSpace
      ]
    }
    // Subnets inside the network: as resources of their own, two of them at once refuse each other.
    subnets: [
      {
        name: 'silos'
        properties: {
          addressPrefix: siloSubnet
          networkSecurityGroup: {
            id: siloGuard.id
          }
          delegations: [
            {
              name: 'container-apps'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        // No security group: what comes to a public environment does not pass the subnet, so one would guard nothing.
        name: 'gateways'
        properties: {
          addressPrefix: gatewaySubnet
          delegations: [
            {
              name: 'container-apps'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'postgres'
        properties: {
          addressPrefix: postgresSubnet
          delegations: [
            {
              name: 'postgres'
              properties: {
                serviceName: 'Microsoft.DBforPostgreSQL/flexibleServers'
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: endpointSubnet
          privateEndpointNetworkPolicies: 'Disabled'
        }
      }
    ]
  }
}

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [for zone in (isPrivate ? endpointZones : []): {
  name: zone
  location: 'global'
  tags: tags
}]

resource zoneLinks 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [for (zone, i) in (isPrivate ? endpointZones : []): {
  parent: zones[i]
  name: 'city'
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: vnet.id
    }
  }
}]

// A delegated server needs a zone that ends in this name, whether or not other services are private.
resource postgresZone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: '${name}.private.postgres.database.azure.com'
  location: 'global'
  tags: tags
}

resource postgresLink 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = {
  parent: postgresZone
  name: 'city'
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: vnet.id
    }
  }
}

output siloSubnetId string = '${vnet.id}/subnets/silos'
output gatewaySubnetId string = '${vnet.id}/subnets/gateways'
output postgresSubnetId string = '${vnet.id}/subnets/postgres'
output endpointSubnetId string = '${vnet.id}/subnets/endpoints'
output postgresZoneId string = postgresZone.id
output registryZoneId string = isPrivate ? zones[0].id : ''
output vaultZoneId string = isPrivate ? zones[1].id : ''
output blobZoneId string = isPrivate ? zones[2].id : ''
output tableZoneId string = isPrivate ? zones[3].id : ''
output eventHubsZoneId string = isPrivate ? zones[4].id : ''
output redisZoneId string = isPrivate ? zones[5].id : ''
