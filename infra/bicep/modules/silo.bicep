// One silo: one app with one replica. Container Apps gives a replica no address that others may rely on, and
// Orleans needs one for each silo, so a silo is an app with two ports of its own on the environment's private
// address (docs/adr/0012). More silos are more apps.

import { siloSize } from 'types.bicep'

param name string
param location string
param tags object
param environmentId string
@description('The environment\'s private address: what the silo tells the others.')
param advertisedIp string
@minValue(1024)
@maxValue(65535)
param siloPort int
@minValue(1024)
@maxValue(65535)
param gatewayPort int
param size siloSize
param image string
param collectorImage string
param registryServer string
param identityId string
param clientId string
param remoteWriteUri string
@description('What all silos and gateways are told alike.')
param sharedSettings object[]

var listenSiloPort = 11111
var listenGatewayPort = 30000
var healthPort = 8081
var metricsPort = 8080
var collectorNames = {
  APP_NAME: name
  CLIENT_ID: clientId
  METRICS_PORT: string(metricsPort)
  REMOTE_WRITE_URI: remoteWriteUri
}
var collectorSettings = reduce(
  items(collectorNames),
  loadTextContent('prometheus.yml'),
  (text, one) => replace(text, one.key, one.value)
)

resource silo 'Microsoft.App/containerApps@2025-07-01' = {
  name: name
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    environmentId: environmentId
    workloadProfileName: size.profile
    configuration: {
      activeRevisionsMode: 'Single'
      // External to the app, and the environment is internal: the ports are reached from the virtual network alone.
      ingress: {
        external: true
        transport: 'tcp'
        targetPort: listenSiloPort
        exposedPort: siloPort
        additionalPortMappings: [
          {
            external: true
            targetPort: listenGatewayPort
            exposedPort: gatewayPort
          }
        ]
      }
      registries: [
        {
          server: registryServer
          identity: identityId
        }
      ]
      secrets: [
        {
          name: 'collector-settings'
          value: collectorSettings
        }
      ]
    }
    template: {
      // Longer than the silo takes to hand over its grains: Orleans ends within the host's 60 s.
      terminationGracePeriodSeconds: 90
      containers: [
        {
          name: 'silo'
          image: image
          resources: {
            cpu: json(size.cpu)
            memory: size.memory
          }
          env: concat(sharedSettings, [
            {
              name: 'AZURE_CLIENT_ID'
              value: clientId
            }
            {
              name: 'Orleans__SiloName'
              value: name
            }
            {
              name: 'Orleans__AdvertisedIPAddress'
              value: advertisedIp
            }
            {
              name: 'Orleans__AdvertisedSiloPort'
              value: string(siloPort)
            }
            {
              name: 'Orleans__AdvertisedGatewayPort'
              value: string(gatewayPort)
            }
            {
              name: 'Orleans__SiloPort'
              value: string(listenSiloPort)
            }
            {
              name: 'Orleans__GatewayPort'
              value: string(listenGatewayPort)
            }
            {
              name: 'DigitalTwin__HealthPort'
              value: string(healthPort)
            }
            {
              name: 'DigitalTwin__MetricsPort'
              value: string(metricsPort)
            }
          ])
          probes: [
            {
              type: 'Startup'
              httpGet: {
                path: '/health/ready'
                port: healthPort
              }
              periodSeconds: 5
              timeoutSeconds: 3
              // Five minutes: a silo joins only when the others have answered it.
              failureThreshold: 60
            }
            {
              type: 'Readiness'
              httpGet: {
                path: '/health/ready'
                port: healthPort
              }
              periodSeconds: 5
              timeoutSeconds: 3
              failureThreshold: 3
            }
            {
              // The process alone: were it to ask the database, one outage would restart every silo.
              type: 'Liveness'
              httpGet: {
                path: '/health/live'
                port: healthPort
              }
              periodSeconds: 10
              timeoutSeconds: 3
              failureThreshold: 3
            }
          ]
        }
        {
          name: 'collector'
          image: collectorImage
          args: [
            '--config.file=/etc/collector/prometheus.yml'
            '--agent'
            '--storage.agent.path=/tmp/agent'
            '--web.listen-address=127.0.0.1:9090'
          ]
          resources: {
            cpu: json('0.25')
            memory: '0.5Gi'
          }
          volumeMounts: [
            {
              volumeName: 'collector'
              mountPath: '/etc/collector'
            }
          ]
        }
      ]
      volumes: [
        {
          name: 'collector'
          storageType: 'Secret'
          secrets: [
            {
              secretRef: 'collector-settings'
              path: 'prometheus.yml'
            }
          ]
        }
      ]
      // Never two at one address, never none.
      scale: {
        minReplicas: 1
        maxReplicas: 1
      }
    }
  }
}
