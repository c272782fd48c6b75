// One city: 2 million twins, 2,900 messages a second in the mean and 10,000 at the quarter hour; concentrators send
// 16 readings a message, cabinets 50 (docs/capacity.md).
using './main.bicep'

param cityName = readEnvironmentVariable('AZURE_ENV_NAME', 'city')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param isPrivate = true
param registrySku = 'Premium'
param storageSku = 'Standard_ZRS'
param iotHub = {
  sku: 'S2'
  units: 6
  hubs: 1
}
param eventHubs = {
  tier: 'Standard'
  capacity: 2
  maximumThroughputUnits: 12
  partitions: 32
  retentionHours: 72
}
param redis = {
  sku: 'Balanced_B3'
  highAvailability: 'Enabled'
}
param postgres = {
  servers: 1
  sku: 'Standard_D8ds_v5'
  tier: 'GeneralPurpose'
  storageGB: 2048
  highAvailability: 'ZoneRedundant'
  backupRetentionDays: 14
}
param silo = {
  profile: 'D4'
  cpu: '3'
  memory: '13Gi'
}
param siloSets = empty(readEnvironmentVariable('IMAGE_TAG', '')) ? [] : [
  {
    name: 'a'
    imageTag: readEnvironmentVariable('IMAGE_TAG', '')
    count: 3
    firstSiloPort: 11111
    firstGatewayPort: 30000
  }
]
param gateway = {
  imageTag: readEnvironmentVariable('IMAGE_TAG', '')
  profile: 'Consumption'
  cpu: '1.75'
  memory: '3.5Gi'
  // One, until what gateways keep is behind ports that several share (docs/operations.md).
  minReplicas: 1
  maxReplicas: 1
  connectionsPerReplica: 50000
}
param databaseAdmin = {
  objectId: readEnvironmentVariable('DATABASE_ADMIN_ID', '')
  name: readEnvironmentVariable('DATABASE_ADMIN_NAME', '')
  type: 'Group'
}
param alertEmails = split(readEnvironmentVariable('ALERT_EMAILS', ''), ',')
param logQuotaGB = 10
param budgetUsd = 6000
param budgetStart = '2026-12-01'
