// The edge: devices over MQTT and HTTPS, and the readers of Event Hubs. Replicas come and go; state is behind them.

import { gatewaySize } from 'types.bicep'

param name string
param location string
param tags object
param environmentId string
param size gatewaySize
param image string
param collectorImage string
param registryServer string
param identityId string
param clientId string
param remoteWriteUri string
@description('What all silos and gateways are told alike.')
param sharedSettings object[]
param vaultUri string
param eventHubsNamespace string
param telemetryHub string
param consumerGroup string
param storageAccountName string
param checkpointsContainer string

var mqttsPort = 8883
var httpsPort = 8443
var healthPort = 8081
// The page's port is on loopback until people sign in (docs/adr/0005); the collector reads /metrics there.
var pagePort = 8080
var collectorNames = {
  APP_NAME: name
  CLIENT_ID: clientId
  METRICS_PORT: string(pagePort)
  REMOTE_WRITE_URI: remoteWriteUri
}
var collectorSettings = reduce(
  items(collectorNames),
  loadTextContent('prometheus.yml'),
  (text, one) => replace(text, one.key, one.value)
)

resource gateway 'Microsoft.App/containerApps@2025-07-01' = {
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
      // TCP, not HTTP: TLS ends in the gateway, which asks devices for their certificates.
      ingress: {
        external: true
        transport: 'tcp'
        targetPort: mqttsPort
        exposedPort: mqttsPort
        additionalPortMappings: [
          {
            external: true
            targetPort: httpsPort
            exposedPort: httpsPort
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
          name: 'gateway-tls-pem'
          keyVaultUrl: '${vaultUri}secrets/gateway-tls-pem'
          identity: identityId
        }
        {
          name: 'gateway-tls-key'
          keyVaultUrl: '${vaultUri}secrets/gateway-tls-key'
          identity: identityId
        }
        {
          name: 'collector-settings'
          value: collectorSettings
        }
      ]
    }
    template: {
      terminationGracePeriodSeconds: 60
      containers: [
        {
          name: 'gateway'
          image: image
          args: [
            'serve'
            '--engine'
            'orleans'
            '--data'
            '/data'
            '--web'
            '/app/web'
            '--device-address'
            '0.0.0.0'
            '--mqtts-port'
            string(mqttsPort)
            '--https-port'
            string(httpsPort)
            '--port'
            string(pagePort)
            '--health-port'
            string(healthPort)
          ]
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
              name: 'DigitalTwin__CertificateFolder'
              value: '/certificates'
            }
          ])
          volumeMounts: [
            {
              volumeName: 'data'
              mountPath: '/data'
            }
            {
              volumeName: 'certificates'
              mountPath: '/certificates'
            }
          ]
          probes: [
            {
              type: 'Startup'
              httpGet: {
                path: '/health/live'
                port: healthPort
              }
              periodSeconds: 5
              timeoutSeconds: 3
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
          name: 'data'
          storageType: 'EmptyDir'
        }
        {
          name: 'certificates'
          storageType: 'Secret'
          secrets: [
            {
              secretRef: 'gateway-tls-pem'
              path: 'gateway-tls.pem'
            }
            {
              secretRef: 'gateway-tls-key'
              path: 'gateway-tls.key'
            }
          ]
        }
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
      scale: {
        minReplicas: size.minReplicas
        maxReplicas: size.maxReplicas
        rules: [
          {
            name: 'connections'
            tcp: {
              metadata: {
                concurrentConnections: string(size.connectionsPerReplica)
              }
            }
          }
          {
            name: 'cpu'
            custom: {
              type: 'cpu'
              metadata: {
                type: 'Utilization'
                value: '70'
              }
            }
          }
          {
            name: 'unread-telemetry'
            custom: {
              type: 'azure-eventhub'
              identity: identityId
              metadata: {
                eventHubNamespace: eventHubsNamespace
                eventHubName: telemetryHub
                consumerGroup: consumerGroup
                storageAccountName: storageAccountName
                blobContainer: checkpointsContainer
                checkpointStrategy: 'blobMetadata'
                unprocessedEventThreshold: '20000'
              }
            }
          }
        ]
      }
    }
  }
}
