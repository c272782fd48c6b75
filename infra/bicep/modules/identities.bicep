// One identity a process, so that each has its own rights and can be cut off alone.

param name string
param location string
param tags object

resource silo 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${name}-silo'
  location: location
  tags: tags
}

resource gateway 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${name}-gateway'
  location: location
  tags: tags
}

resource hub 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${name}-hub'
  location: location
  tags: tags
}

output siloId string = silo.id
output siloName string = silo.name
output siloClientId string = silo.properties.clientId
output siloPrincipalId string = silo.properties.principalId
output gatewayId string = gateway.id
output gatewayName string = gateway.name
output gatewayClientId string = gateway.properties.clientId
output gatewayPrincipalId string = gateway.properties.principalId
output hubId string = hub.id
output hubPrincipalId string = hub.properties.principalId
