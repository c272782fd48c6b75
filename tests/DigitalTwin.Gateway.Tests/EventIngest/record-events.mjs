// Prints recorded-events.json: topics and bodies as the unmodified npm device SDK makes them. Its transport is given
// a connection that notes what would be published; nothing else of it is replaced.
// node record-events.mjs {web folder} > recorded-events.json
import { createRequire } from 'node:module';
import { EventEmitter } from 'node:events';

const require = createRequire(`${process.argv[2]}/package.json`);
const { Client, ModuleClient, Message, SharedAccessKeyAuthenticationProvider } = require('azure-iot-device');
const { Mqtt } = require('azure-iot-device-mqtt');
const { version } = require('azure-iot-device/package.json');

const recorded = [];
class Connection extends EventEmitter {
  connect(config, done) { done(null, {}); }
  disconnect(done) { done(); }
  publish(topic, payload, options, done) {
    recorded.push({ topic, qos: options.qos, body: Buffer.from(payload).toString('base64') });
    done();
  }
  subscribe(topic, options, done) { done(); }
  unsubscribe(topic, done) { done(); }
  updateSharedAccessSignature(signature, done) { done(); }
  setOptions() {}
}

const key = Buffer.alloc(32, 1).toString('base64');
async function send(deviceId, moduleId, messages) {
  const of = `HostName=city.azure-devices.net;DeviceId=${deviceId}${moduleId ? `;ModuleId=${moduleId}` : ''};SharedAccessKey=${key}`;
  const provider = SharedAccessKeyAuthenticationProvider.fromConnectionString(of);
  const transport = new Mqtt(provider, new Connection());
  const client = moduleId ? new ModuleClient(transport, {}) : new Client(transport);
  await client.open();
  for (const message of messages) {
    await (moduleId ? client.sendOutputEvent('telemetry', message) : client.sendEvent(message));
    Object.assign(recorded[recorded.length - 1], { deviceId, moduleId });
  }
  await client.close();
}

function message(value, set = () => undefined) {
  const made = new Message(typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value));
  set(made);
  return made;
}

await send('cab-1', undefined, [
  message([{ twin: 'l-000', dimLevelPercent: 37 }, { twin: 'l-001', dimLevelPercent: 80 }]),
  message([{ twin: 'l-002', ts: '2026-11-21T11:59:58Z', dimLevelPercent: 12.5, lampFailure: false }], (made) => {
    made.messageId = 'm-1';
    made.correlationId = 'c 1';
    made.contentType = 'application/json';
    made.contentEncoding = 'utf-8';
    made.properties.add('alert', 'true');
    made.properties.add('sp ace', 'a/b&c=d');
    // A device may say what it likes beside its message; the hub's word counts.
    made.properties.add('iothub-connection-device-id', 'gw-1');
    made.properties.add('deviceId', 'gw-1');
  }),
  message([{ twin: 'l-003', dimLevelPercent: 140 }]),
  message([{ twin: 'b-1-e', activePowerWatts: 5 }]),
  message('not json'),
  message(Buffer.from([0xff, 0xfe, 0x00])),
  message([{ twin: 'l-004', dimLevelPercent: 1 }], (made) => { made.contentEncoding = 'utf-16'; }),
]);
await send('gw-1', undefined, [
  message([{ twin: 'b-1-e', activePowerWatts: 412.5 }, { twin: 'b-1-c', flowLitresPerHour: 12 }]),
]);
await send('gw-1', 'filter', [
  message([{ twin: 'b-1-e', activePowerWatts: 300 }]),
  message([{ twin: 'b-1-e', nonsense: 1 }]),
]);
console.log(JSON.stringify({ sdk: `azure-iot-device ${version}`, messages: recorded }, undefined, 1));
process.exit(0);
