// A city to try things out in: the least of everything, public addresses, no spare. About 9,000 messages a day.
using './main.bicep'

param cityName = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param isPrivate = false
param registrySku = 'Basic'
param storageSku = 'Standard_LRS'
param iotHub = {
  sku: 'S1'
  units: 1
  hubs: 1
}
param eventHubs = {
  tier: 'Standard'
  capacity: 1
  maximumThroughputUnits: 0
  partitions: 4
  retentionHours: 24
}
param redis = {
  sku: 'Balanced_B0'
  highAvailability: 'Disabled'
}
param postgres = {
  servers: 1
  sku: 'Standard_B1ms'
  tier: 'Burstable'
  storageGB: 32
  highAvailability: 'Disabled'
  backupRetentionDays: 7
}
param silo = {
  profile: 'Consumption'
  cpu: '0.75'
  memory: '1.5Gi'
}
param siloSets = empty(readEnvironmentVariable('IMAGE_TAG', '')) ? [] : [
  {
    name: 'a'
    imageTag: readEnvironmentVariable('IMAGE_TAG', '')
    count: 2
    firstSiloPort: 11111
    firstGatewayPort: 30000
  }
]
param gateway = {
  imageTag: readEnvironmentVariable('IMAGE_TAG', '')
  profile: 'Consumption'
  cpu: '0.75'
  memory: '1.5Gi'
  minReplicas: 1
  maxReplicas: 1
  connectionsPerReplica: 5000
}
param databaseAdmin = {
  objectId: readEnvironmentVariable('DATABASE_ADMIN_ID', '')
  name: readEnvironmentVariable('DATABASE_ADMIN_NAME', '')
  type: 'Group'
}
param alertEmails = split(readEnvironmentVariable('ALERT_EMAILS', ''), ',')
param logQuotaGB = 1
param budgetUsd = 450
param budgetStart = '2026-12-01'
