// What wakes somebody: only what needs a hand. Each says what to look at first.

param name string
param location string
param tags object
param actionGroupId string
param metricsId string
param iotHubIds string[]
param eventHubsId string
param postgresIds string[]
param redisId string
@description('Silos that should be in the cluster.')
param siloCount int

var oneMinute = 'PT1M'
var fiveMinutes = 'PT5M'

resource unrouted 'Microsoft.Insights/metricAlerts@2018-03-01' = [for (id, i) in iotHubIds: {
  name: 'alert-${name}-hub${i}-unrouted'
  location: 'global'
  tags: tags
  properties: {
    description: 'Telemetry took the fallback route: Event Hubs refuses the hub. Look at its identity and the network rules.'
    severity: 1
    enabled: true
    scopes: [
      id
    ]
    evaluationFrequency: fiveMinutes
    windowSize: fiveMinutes
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'fallback'
          criterionType: 'StaticThresholdCriterion'
          metricName: 'd2c.telemetry.egress.fallback'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
    actions: [
      {
        actionGroupId: actionGroupId
      }
    ]
  }
}]

resource throttledHub 'Microsoft.Insights/metricAlerts@2018-03-01' = [for (id, i) in iotHubIds: {
  name: 'alert-${name}-hub${i}-throttled'
  location: 'global'
  tags: tags
  properties: {
    description: 'The hub throttles devices. Add units, or let concentrators send several readings a message (docs/capacity.md).'
    severity: 2
    enabled: true
    scopes: [
      id
    ]
    evaluationFrequency: fiveMinutes
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'throttled'
          criterionType: 'StaticThresholdCriterion'
          metricName: 'd2c.telemetry.ingress.sendThrottle'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: 100
        }
      ]
    }
    actions: [
      {
        actionGroupId: actionGroupId
      }
    ]
  }
}]

resource throttledEvents 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'alert-${name}-event-hubs-throttled'
  location: 'global'
  tags: tags
  properties: {
    description: 'Event Hubs refuses requests: more throughput or processing units are needed.'
    severity: 2
    enabled: true
    scopes: [
      eventHubsId
    ]
    evaluationFrequency: fiveMinutes
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'throttled'
          criterionType: 'StaticThresholdCriterion'
          metricName: 'ThrottledRequests'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
    actions: [
      {
        actionGroupId: actionGroupId
      }
    ]
  }
}

resource databaseFull 'Microsoft.Insights/metricAlerts@2018-03-01' = [for (id, i) in postgresIds: {
  name: 'alert-${name}-postgres${i}-storage'
  location: 'global'
  tags: tags
  properties: {
    description: 'History fills its disk: at 95 % the server turns read-only. Retention (docs/history.md) or more storage.'
    severity: 1
    enabled: true
    scopes: [
      id
    ]
    evaluationFrequency: fiveMinutes
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'storage'
          criterionType: 'StaticThresholdCriterion'
          metricName: 'storage_percent'
          timeAggregation: 'Average'
          operator: 'GreaterThan'
          threshold: 80
        }
      ]
    }
    actions: [
      {
        actionGroupId: actionGroupId
      }
    ]
  }
}]

resource cacheFull 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'alert-${name}-redis-memory'
  location: 'global'
  tags: tags
  properties: {
    description: 'The cache is nearly full: it evicts, and pages ask the silos instead.'
    severity: 3
    enabled: true
    scopes: [
      redisId
    ]
    evaluationFrequency: fiveMinutes
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'memory'
          criterionType: 'StaticThresholdCriterion'
          metricName: 'usedmemorypercentage'
          timeAggregation: 'Maximum'
          operator: 'GreaterThan'
          threshold: 85
        }
      ]
    }
    actions: [
      {
        actionGroupId: actionGroupId
      }
    ]
  }
}

// What the processes say of themselves; the names are those of /metrics.
resource processes 'Microsoft.AlertsManagement/prometheusRuleGroups@2023-03-01' = {
  name: 'rules-${name}'
  location: location
  tags: tags
  properties: {
    description: 'What silos and gateways say of themselves.'
    enabled: true
    interval: oneMinute
    scopes: [
      metricsId
    ]
    rules: [
      {
        alert: 'NoTelemetry'
        expression: '(sum(rate(ingest_messages_total[5m])) or vector(0)) == 0'
        for: 'PT10M'
        severity: 1
        annotations: {
          description: 'No gateway has accepted a message for ten minutes.'
        }
        actions: [
          {
            actionGroupId: actionGroupId
          }
        ]
      }
      {
        alert: 'ManyRejects'
        expression: 'sum(rate(ingest_rejected_total[10m])) > 0.05 * sum(rate(ingest_messages_total[10m]))'
        for: 'PT10M'
        severity: 3
        annotations: {
          description: 'More than one in twenty messages is refused: GET /api/v1/ingest/rejects says why.'
        }
        actions: [
          {
            actionGroupId: actionGroupId
          }
        ]
      }
      {
        alert: 'SilosMissing'
        expression: '(sum(up{job="city",app=~"silo-.*"}) or vector(0)) < ${siloCount}'
        for: 'PT5M'
        severity: 2
        annotations: {
          description: 'A silo does not answer its collector, or its replica is gone.'
        }
        actions: [
          {
            actionGroupId: actionGroupId
          }
        ]
      }
      {
        alert: 'RetentionFails'
        expression: 'time() - max(history_retention_last_success_timestamp_seconds) > 172800'
        for: 'PT30M'
        severity: 3
        annotations: {
          description: 'History has not been cleaned up for two days.'
        }
        actions: [
          {
            actionGroupId: actionGroupId
          }
        ]
      }
    ]
  }
}
