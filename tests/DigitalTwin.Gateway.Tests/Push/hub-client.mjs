// A view as the npm SignalR client makes it: says what it gets as one JSON document a line.
// Arguments: the web folder (whose packages are used), hub URL, protocol (messagepack or json), watch request.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

const [webFolder, url, protocol, request] = process.argv.slice(2);
const require = createRequire(join(webFolder, 'package.json'));
const { HubConnectionBuilder, HttpTransportType, LogLevel, JsonHubProtocol } = require('@microsoft/signalr');
const { MessagePackHubProtocol } = require('@microsoft/signalr-protocol-msgpack');

const say = (what, value) => process.stdout.write(JSON.stringify({ what, value }) + '\n');
const connection = new HubConnectionBuilder()
  .withUrl(url, { transport: HttpTransportType.WebSockets, skipNegotiation: true })
  .withHubProtocol(protocol === 'messagepack' ? new MessagePackHubProtocol() : new JsonHubProtocol())
  .configureLogging(LogLevel.None)
  .build();
connection.on('frame', async (bytes) => {
  const frame = Buffer.from(bytes, typeof bytes === 'string' ? 'base64' : undefined);
  say('frame', frame.toString('base64'));
  await connection.send('Ack', frame.readUInt32LE(12));
});
connection.on('twin', (json) => say('twin', json));
connection.on('alarms', (json) => say('alarms', json));
connection.onclose((error) => { say('closed', String(error ?? '')); process.exit(0); });

async function answer(method, ...args) {
  try {
    say(method, await connection.invoke(method, ...args));
  } catch (error) {
    say('refused', error.message);
  }
}

try {
  await connection.start();
  await answer('Watch', request);
} catch (error) {
  say('closed', String(error));
  process.exit(0);
}

// One command a line: a method and its argument.
for await (const line of createInterface({ input: process.stdin })) {
  const [method, ...args] = JSON.parse(line);
  await answer(method, ...args);
}
