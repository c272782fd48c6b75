// The front door for devices that speak to Azure IoT Hub itself; what they say goes on to Event Hubs.

import { roles } from 'roles.bicep'

param name string
param location string
param tags object
@allowed([
  'F1'
  'S1'
  'S2'
  'S3'
])
param sku string
@minValue(1)
@maxValue(200)
param units int
param routingIdentityId string
param eventHubsHost string
param telemetryHub string
param lifecycleHub string
@description('Whoever sends commands and reads device twins.')
param servicePrincipalId string

var endpointUri = 'sb://${eventHubsHost}'

resource hub 'Microsoft.Devices/IotHubs@2023-06-30' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: sku
    capacity: units
  }
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${routingIdentityId}': {}
    }
  }
  properties: {
    // Services come with Entra ID; devices keep their own keys and certificates.
    disableLocalAuth: true
    minTlsVersion: '1.2'
    // Devices come over the internet: the hub has to be public, and each device proves itself.
    publicNetworkAccess: 'Enabled'
    routing: {
      endpoints: {
        eventHubs: [
          {
            name: 'telemetry'
            authenticationType: 'identityBased'
            endpointUri: endpointUri
            entityPath: telemetryHub
            identity: {
              userAssignedIdentity: routingIdentityId
            }
          }
          {
            name: 'lifecycle'
            authenticationType: 'identityBased'
            endpointUri: endpointUri
            entityPath: lifecycleHub
            identity: {
              userAssignedIdentity: routingIdentityId
            }
          }
        ]
      }
      routes: [
        {
          name: 'telemetry'
          source: 'DeviceMessages'
          condition: 'true'
          endpointNames: [
            'telemetry'
          ]
          isEnabled: true
        }
        {
          name: 'twin-changes'
          source: 'TwinChangeEvents'
          condition: 'true'
          endpointNames: [
            'lifecycle'
          ]
          isEnabled: true
        }
        {
          name: 'connections'
          source: 'DeviceConnectionStateEvents'
          condition: 'true'
          endpointNames: [
            'lifecycle'
          ]
          isEnabled: true
        }
      ]
      // Kept for a day where no route took it, and an alert tells of it: better than dropped.
      fallbackRoute: {
        name: 'fallback'
        source: 'DeviceMessages'
        condition: 'true'
        endpointNames: [
          'events'
        ]
        isEnabled: true
      }
    }
    cloudToDevice: {
      defaultTtlAsIso8601: 'PT1H'
      maxDeliveryCount: 10
    }
  }
}

resource command 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: hub
  name: guid(hub.id, servicePrincipalId, roles.iotHubDataContributor)
  properties: {
    principalId: servicePrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.iotHubDataContributor)
  }
}

output id string = hub.id
output hostName string = hub.properties.hostName
