// A device with the unmodified npm SDKs that registers, connects where it was sent, and reports once; prints one JSON
// array [what, value] a line.
// node dps-device.mjs {web folder} {options as JSON}
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import https from 'node:https';

const options = JSON.parse(process.argv[3]);
const require = createRequire(`${process.argv[2]}/package.json`);
const { ProvisioningDeviceClient } = require('azure-iot-provisioning-device');
const { SymmetricKeySecurityClient } = require('azure-iot-security-symmetric-key');
const { X509Security } = require('azure-iot-security-x509');
const { Client, Message } = require('azure-iot-device');
const { Mqtt } = require('azure-iot-device-mqtt');
const tell = (what, value = '') => console.log(JSON.stringify([what, value]));

const x509 = options.certificate && {
  cert: readFileSync(options.certificate, 'utf8'), key: readFileSync(options.key, 'utf8'),
};
const security = x509
  ? new X509Security(options.registrationId, x509)
  : new SymmetricKeySecurityClient(options.registrationId, options.deviceKey);

function transport() {
  if (!options.httpsPort) return new (require('azure-iot-provisioning-device-mqtt').Mqtt)();
  // The SDK knows port 443 only: the agent takes it elsewhere.
  class ElsewhereAgent extends https.Agent {
    createConnection(to, callback) {
      return super.createConnection({ ...to, host: '127.0.0.1', port: options.httpsPort }, callback);
    }
  }
  const http = new (require('azure-iot-provisioning-device-http').Http)();
  http._ensureRestApiClient({ provisioningHost: 'localhost' });
  http._restApiClient.setOptions({ http: { agent: new ElsewhereAgent({ ca: readFileSync(options.ca) }) } });
  return http;
}

try {
  const provisioning = ProvisioningDeviceClient.create(options.host, options.idScope, transport(), security);
  if (options.payload) provisioning.setProvisioningPayload(options.payload);
  const result = await provisioning.register();
  tell('registered', result);
  const connectionString = x509
    ? `HostName=${result.assignedHub};DeviceId=${result.deviceId};x509=true`
    : `HostName=${result.assignedHub};DeviceId=${result.deviceId};SharedAccessKey=${options.deviceKey}`;
  const client = Client.fromConnectionString(connectionString, Mqtt);
  await client.setOptions({
    ca: readFileSync(options.ca, 'utf8'), ...(x509 ?? {}), ...(options.modelId ? { modelId: options.modelId } : {}),
  });
  await client.open();
  tell('twin', (await client.getTwin()).properties.desired);
  await client.sendEvent(new Message(JSON.stringify(options.telemetry)));
  tell('sent');
} catch (error) {
  tell('failed', { name: error.name, message: error.message, result: error.result ?? null });
}
process.exit(0);
