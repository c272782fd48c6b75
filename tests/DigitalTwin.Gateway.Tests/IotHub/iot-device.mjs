// A device with the unmodified npm SDK; prints one JSON array [what, value] a line, takes "drop" and "tell" on standard input.
// node iot-device.mjs {web folder} {connection string} {ca file} {token seconds}
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [, , web, connectionString, ca, tokenSeconds] = process.argv;
const require = createRequire(`${web}/package.json`);
const { Client, Message, SharedAccessKeyAuthenticationProvider } = require('azure-iot-device');
const { Mqtt } = require('azure-iot-device-mqtt');
const tell = (what, value = '') => console.log(JSON.stringify([what, value]));

const seconds = Number(tokenSeconds);
const provider = SharedAccessKeyAuthenticationProvider.fromConnectionString(connectionString, seconds, Math.ceil(seconds / 2));
provider.on('newTokenAvailable', () => tell('token'));
const client = Client.fromAuthenticationProvider(provider, Mqtt);
await client.setOptions({ ca: readFileSync(ca, 'utf8') });
client.on('error', (error) => tell('error', error.name));
client.onDeviceMethod('dim', (request, response) =>
  response.send(request.payload.level > 100 ? 400 : 200, { level: request.payload.level }, () => undefined));
// Obeys, and says so in its telemetry when it is told to; a command of a light behind it is that of a component.
const obeyed = [];
const obey = (twin, property) => (request, response) => {
  obeyed.push({ twin, [property]: request.payload });
  response.send(200, { done: request.payload }, () => undefined);
};
client.onDeviceMethod('setContactor', obey('cab-1', 'contactorClosed'));
client.onDeviceMethod('l-000*setDimLevel', obey('l-000', 'dimLevelPercent'));
client.on('message', (message) => {
  tell('message', {
    id: message.messageId, body: message.getData().toString(), zone: message.properties.getValue('zone') ?? null,
  });
  client.complete(message, () => undefined);
});
await client.open();
const twin = await client.getTwin();
tell('twin', twin.properties.desired);
twin.on('properties.desired', (patch) => {
  tell('desired', patch);
  if (patch.level !== undefined) {
    twin.properties.reported.update({ level: patch.level }, (error) => tell('reported', error ? error.name : patch.level));
  }
});
// As IoT Hub's documents ask of a device: what changed while it was away, it asks for. The SDK does not by itself.
client.on('connect', () => twin.get((error) => error && tell('error', error.name)));
await new Promise((done, fail) =>
  twin.properties.reported.update({ firmware: '1.2', lamp: { hours: 7 } }, (error) => (error ? fail(error) : done())));
await client.sendEvent(new Message(JSON.stringify([{ twin: 'l-001', dimLevelPercent: 37 }])));
tell('ready');
createInterface({ input: process.stdin }).on('line', (line) => {
  // The network breaks: nothing is said, and the SDK finds back by itself.
  if (line === 'drop') client._transport._mqtt._mqttClient.stream.destroy();
  if (line === 'tell') client.sendEvent(new Message(JSON.stringify(obeyed)), () => undefined);
});
