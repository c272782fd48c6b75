// A country: 20 million twins, 30,000 messages a second in the mean, 100,000 at the quarter hour, in messages of
// concentrators and cabinets as in a city (docs/capacity.md).
using './main.bicep'

param cityName = readEnvironmentVariable('AZURE_ENV_NAME', 'country')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param isPrivate = true
param registrySku = 'Premium'
param storageSku = 'Standard_ZRS'
param iotHub = {
  sku: 'S3'
  units: 1
  hubs: 2
}
param eventHubs = {
  tier: 'Standard'
  capacity: 16
  maximumThroughputUnits: 40
  partitions: 32
  retentionHours: 72
}
param redis = {
  sku: 'Balanced_B10'
  highAvailability: 'Enabled'
}
param postgres = {
  servers: 4
  sku: 'Standard_D16ds_v5'
  tier: 'GeneralPurpose'
  storageGB: 4096
  highAvailability: 'ZoneRedundant'
  backupRetentionDays: 14
}
param silo = {
  profile: 'E4'
  cpu: '3'
  memory: '28Gi'
}
param siloSets = empty(readEnvironmentVariable('IMAGE_TAG', '')) ? [] : [
  {
    name: 'a'
    imageTag: readEnvironmentVariable('IMAGE_TAG', '')
    count: 8
    firstSiloPort: 11111
    firstGatewayPort: 30000
  }
]
param gateway = {
  imageTag: readEnvironmentVariable('IMAGE_TAG', '')
  profile: 'D4'
  cpu: '3'
  memory: '12Gi'
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
param logQuotaGB = 50
param budgetUsd = 30000
param budgetStart = '2026-12-01'
