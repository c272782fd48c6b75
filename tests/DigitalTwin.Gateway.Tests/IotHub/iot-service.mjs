// A service with the unmodified npm SDK; prints what it was answered as one JSON object.
// node iot-service.mjs {web folder} {connection string} {https port} {ca file}
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import https from 'node:https';

const [, , web, connectionString, port, ca] = process.argv;
const { Registry, Client } = createRequire(`${web}/package.json`)('azure-iothub');

// The SDK knows port 443 only: the agent takes it elsewhere.
class ElsewhereAgent extends https.Agent {
  createConnection(options, callback) {
    return super.createConnection({ ...options, host: '127.0.0.1', port: Number(port) }, callback);
  }
}
const agent = new ElsewhereAgent({ ca: readFileSync(ca), keepAlive: false });
const registry = Registry.fromConnectionString(connectionString);
const service = Client.fromConnectionString(connectionString);
registry._restApiClient.setOptions({ http: { agent } });
service._restApiClient.setOptions({ http: { agent } });

const told = {};
told.created = (await registry.create({ deviceId: 'sdk-1' })).responseBody;
told.again = await registry.create({ deviceId: 'sdk-1' }).then(() => 'created', (error) => error.name);
told.disabled = (await registry.update({ deviceId: 'sdk-1', status: 'disabled' })).responseBody.status;
told.added = (await registry.addDevices([{ deviceId: 'sdk-2' }, { deviceId: 'sdk-3' }])).responseBody.isSuccessful;
const twin = (await registry.getTwin('sdk-2')).responseBody;
await twin.update({ tags: { zone: 'A' }, properties: { desired: { level: 40 } } });
const changed = (await registry.getTwin('sdk-2')).responseBody;
told.tag = changed.tags.zone;
told.desiredVersion = changed.properties.desired.$version;
told.stale = await registry.updateTwin('sdk-2', { tags: { zone: 'B' } }, 'AAAAAAAAAAE=')
  .then(() => 'changed', (error) => error.name);
for (const id of ['sdk-3', 'sdk-1']) await registry.updateTwin(id, { tags: { zone: 'A' } }, '*');
const query = registry.createQuery("SELECT * FROM devices WHERE tags.zone = 'A'", 2);
told.pages = [];
while (query.hasMoreResults) told.pages.push((await query.nextAsTwin()).result.map((one) => one.deviceId));
told.statistics = (await registry.getRegistryStatistics()).responseBody;
told.removed = (await registry.removeDevices([{ deviceId: 'sdk-2' }, { deviceId: 'sdk-3' }], true)).responseBody.isSuccessful;
await registry.delete('sdk-1');
told.gone = await registry.get('sdk-1').then(() => 'there', (error) => error.name);
told.offline = await service.invokeDeviceMethod('cab-1', { methodName: 'dim', payload: {}, responseTimeoutInSeconds: 5 })
  .then(() => 200, (error) => error.response.statusCode);
console.log(JSON.stringify(told));
process.exit(0);
