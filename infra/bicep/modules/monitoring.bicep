// Where logs and metrics go, and who is told.

import { roles } from 'roles.bicep'

param name string
param location string
param tags object
param retentionDays int
@description('Gigabytes of logs a day after which the workspace takes no more: a loop must not cost a fortune.')
param logQuotaGB int
param alertEmails string[]
param publisherPrincipalIds string[]

resource logs 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: 'log-${name}'
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: retentionDays
    features: {
      disableLocalAuth: true
    }
    workspaceCapping: {
      dailyQuotaGb: logQuotaGB
    }
  }
}

resource metrics 'Microsoft.Monitor/accounts@2023-04-03' = {
  name: 'amw-${name}'
  location: location
  tags: tags
}

resource collection 'Microsoft.Insights/dataCollectionEndpoints@2023-03-11' = {
  name: 'dce-${name}'
  location: location
  tags: tags
  properties: {
    networkAcls: {
      publicNetworkAccess: 'Enabled'
    }
  }
}

// Container Apps scrapes nothing by itself: a collector beside each process writes here (prometheus.yml).
resource rule 'Microsoft.Insights/dataCollectionRules@2023-03-11' = {
  name: 'dcr-${name}'
  location: location
  tags: tags
  properties: {
    dataCollectionEndpointId: collection.id
    dataSources: {
      prometheusForwarder: [
        {
          name: 'prometheus'
          streams: [
            'Microsoft-PrometheusMetrics'
          ]
        }
      ]
    }
    destinations: {
      monitoringAccounts: [
        {
          name: 'city'
          accountResourceId: metrics.id
        }
      ]
    }
    dataFlows: [
      {
        streams: [
          'Microsoft-PrometheusMetrics'
        ]
        destinations: [
          'city'
        ]
      }
    ]
  }
}

resource publish 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for principalId in publisherPrincipalIds: {
  scope: rule
  name: guid(rule.id, principalId, roles.monitoringMetricsPublisher)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roles.monitoringMetricsPublisher
    )
  }
}]

resource duty 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${name}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'citytwin'
    emailReceivers: [for (email, i) in alertEmails: {
      name: 'duty${i}'
      emailAddress: email
      useCommonAlertSchema: true
    }]
  }
}

var stream = '/streams/Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24'

output workspaceId string = logs.id
output metricsId string = metrics.id
output actionGroupId string = duty.id
output remoteWriteUri string = '${collection.properties.metricsIngestion.endpoint}/dataCollectionRules/${rule.properties.immutableId}${stream}'
