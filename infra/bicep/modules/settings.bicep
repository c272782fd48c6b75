// The settings that silos and gateways share: addresses and names, never a secret. The table of settings in
// docs/operations.md says what each means; a test compares the two.

param clusterId string
param tableEndpoint string
param membershipTable string
param postgresHosts string[]
param databaseName string
param redisEndpoint string
param eventHubsHost string
param telemetryHub string
param lifecycleHub string
param consumerGroup string
param checkpointsUri string
param iotHubHosts string[]

output shared object[] = [
  {
    name: 'DigitalTwin__Engine'
    value: 'orleans'
  }
  {
    // In the images, so that silos and gateways of one tag have the same city.
    name: 'DigitalTwin__CityFile'
    value: '/city/city.ndjson'
  }
  {
    name: 'Orleans__ClusterId'
    value: clusterId
  }
  {
    name: 'Orleans__ServiceId'
    value: 'city-digital-twin'
  }
  {
    name: 'Orleans__Clustering'
    value: 'azure-storage'
  }
  {
    name: 'Orleans__TableEndpoint'
    value: tableEndpoint
  }
  {
    name: 'Orleans__MembershipTable'
    value: membershipTable
  }
  {
    name: 'Orleans__GrainStorage'
    value: 'postgres'
  }
  {
    name: 'Postgres__Hosts'
    value: join(postgresHosts, ',')
  }
  {
    name: 'Postgres__Database'
    value: databaseName
  }
  {
    name: 'Postgres__Authentication'
    value: 'entra'
  }
  {
    name: 'DIGITALTWIN_HISTORY_AUTHENTICATION'
    value: 'entra'
  }
  {
    name: 'Redis__Endpoint'
    value: redisEndpoint
  }
  {
    name: 'Redis__Authentication'
    value: 'entra'
  }
  {
    name: 'EventHubs__Namespace'
    value: eventHubsHost
  }
  {
    name: 'EventHubs__TelemetryHub'
    value: telemetryHub
  }
  {
    name: 'EventHubs__LifecycleHub'
    value: lifecycleHub
  }
  {
    name: 'EventHubs__ConsumerGroup'
    value: consumerGroup
  }
  {
    name: 'EventHubs__CheckpointsUri'
    value: checkpointsUri
  }
  {
    name: 'IotHub__Hosts'
    value: join(iotHubHosts, ',')
  }
]
