// Follows the city and sends a reading with the unmodified npm client; prints one JSON line a message.
// node mqtt-client.mjs {web folder} {url} {version} {user} {password} {device user} {device password} {ca file or ""}
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const [, , web, url, version, username, password, deviceUser, devicePassword, ca] = process.argv;
const mqtt = createRequire(`${web}/package.json`)('mqtt');
const options = {
  protocolVersion: Number(version), reconnectPeriod: 0, connectTimeout: 15000,
  ...(ca ? { ca: readFileSync(ca), rejectUnauthorized: true, checkServerIdentity: () => undefined } : {}),
};
const service = await mqtt.connectAsync(url, { ...options, username, password, clientId: 'svc-js' });
service.on('message', (topic, payload, packet) =>
  console.log(JSON.stringify({ topic, retain: packet.retain, qos: packet.qos, id: JSON.parse(payload).id })));
await service.subscribeAsync('city/+/streetlight/+', { qos: 1 });
const device = await mqtt.connectAsync(url, { ...options, username: deviceUser, password: devicePassword, clientId: 'cab-1' });
for (const qos of [0, 1, 2])
  await device.publishAsync('devices/cab-1/messages/events/', `[{"twin":"l-00${qos + 2}","dimLevelPercent":${qos + 10}}]`, { qos });
await device.endAsync();
