// State of twins and history. Reached from the virtual network alone, by identities alone.

import { administrator, postgresSize } from 'types.bicep'

param name string
param location string
param tags object
param size postgresSize
param subnetId string
param zoneId string
param admin administrator

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: size.sku
    tier: size.tier
  }
  properties: {
    version: '17'
    createMode: 'Default'
    authConfig: {
      activeDirectoryAuth: 'Enabled'
      passwordAuth: 'Disabled'
      tenantId: tenant().tenantId
    }
    network: {
      delegatedSubnetResourceId: subnetId
      privateDnsZoneArmResourceId: zoneId
      publicNetworkAccess: 'Disabled'
    }
    storage: {
      storageSizeGB: size.storageGB
      autoGrow: 'Enabled'
    }
    backup: {
      backupRetentionDays: size.backupRetentionDays
      geoRedundantBackup: 'Disabled'
    }
    highAvailability: {
      mode: size.highAvailability
    }
    // Sunday 01:00 UTC is Sunday 06:00 in the city: the quietest hour for lights and meters alike.
    maintenanceWindow: {
      customWindow: 'Enabled'
      dayOfWeek: 0
      startHour: 1
      startMinute: 0
    }
  }
}

resource database 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2025-08-01' = {
  parent: server
  name: 'city'
  properties: {
    charset: 'UTF8'
    collation: 'en_US.utf8'
  }
}

// The processes' identities get no rights here: an administrator makes their roles (docs/operations.md).
resource administrators 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2025-08-01' = {
  parent: server
  name: admin.objectId
  properties: {
    principalName: admin.name
    principalType: admin.type
    tenantId: tenant().tenantId
  }
  dependsOn: [
    database
  ]
}

output id string = server.id
output host string = server.properties.fullyQualifiedDomainName
output databaseName string = database.name
