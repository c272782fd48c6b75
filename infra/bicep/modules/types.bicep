// The sizes of a deployment: what a parameter file says and docs/capacity.md reckons.

@export()
@description('An IoT hub holds one million devices, so more devices are more hubs.')
type iotHubSize = {
  sku: 'F1' | 'S1' | 'S2' | 'S3'
  @minValue(1)
  units: int
  @minValue(0)
  hubs: int
}

@export()
type eventHubsSize = {
  tier: 'Standard' | 'Premium'
  @description('Throughput units of Standard, processing units of Premium.')
  @minValue(1)
  capacity: int
  @description('Standard inflates by itself up to this many throughput units; 0 leaves it as it is.')
  maximumThroughputUnits: int
  @description('Cannot be changed in Standard without a new event hub: at least the silos that will ever read.')
  partitions: int
  retentionHours: int
}

@export()
type redisSize = {
  sku: 'Balanced_B0' | 'Balanced_B1' | 'Balanced_B3' | 'Balanced_B5' | 'Balanced_B10' | 'Balanced_B20' | 'Balanced_B50'
  highAvailability: 'Enabled' | 'Disabled'
}

@export()
type postgresSize = {
  @description('Servers among which districts are divided; the history of one twin is on one of them.')
  @minValue(1)
  servers: int
  sku: string
  tier: 'Burstable' | 'GeneralPurpose' | 'MemoryOptimized'
  storageGB: int
  highAvailability: 'Disabled' | 'SameZone' | 'ZoneRedundant'
  backupRetentionDays: int
}

@export()
@description('What one silo gets, and the nodes it runs on. A node holds one silo.')
type siloSize = {
  profile: 'Consumption' | 'D4' | 'D8' | 'E4' | 'E8' | 'E16'
  cpu: string
  memory: string
}

@export()
@description('Silos of one image. A new image is a new set beside the old one, which goes when the new one is in the cluster.')
type siloSet = {
  @minLength(1)
  @maxLength(4)
  name: string
  imageTag: string
  count: int
  @description('Each silo has two ports of its own on the environment\'s address, from these on.')
  firstSiloPort: int
  firstGatewayPort: int
}

@export()
type gatewaySize = {
  @description('Empty before there is an image: no gateway is deployed.')
  imageTag: string
  profile: 'Consumption' | 'D4' | 'D8'
  cpu: string
  memory: string
  minReplicas: int
  maxReplicas: int
  @description('Devices connected to one replica at which another is started.')
  connectionsPerReplica: int
}

@export()
@description('A group or user of Entra ID that may administer the databases.')
type administrator = {
  objectId: string
  name: string
  type: 'Group' | 'User' | 'ServicePrincipal'
}
