// The service side of provisioning with the unmodified npm SDK; prints what it was answered as one JSON object.
// node dps-service.mjs {web folder} {connection string} {https port} {ca file} {authority file}
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import https from 'node:https';

const [, , web, connectionString, port, ca, authority] = process.argv;
const { ProvisioningServiceClient } = createRequire(`${web}/package.json`)('azure-iot-provisioning-service');

// The SDK knows port 443 only: the agent takes it elsewhere.
class ElsewhereAgent extends https.Agent {
  createConnection(options, callback) {
    return super.createConnection({ ...options, host: '127.0.0.1', port: Number(port) }, callback);
  }
}
const service = ProvisioningServiceClient.fromConnectionString(connectionString);
service._restApiClient.setOptions({ http: { agent: new ElsewhereAgent({ ca: readFileSync(ca), keepAlive: false }) } });
const statusOf = (promise) => promise.then(() => 200, (error) => error.response?.statusCode ?? error.name);

const told = {};
const made = (await service.createOrUpdateEnrollmentGroup({
  enrollmentGroupId: 'sdk-keys', attestation: { type: 'symmetricKey' }, provisioningStatus: 'enabled',
  initialTwin: { tags: { lot: 'A7' }, properties: { desired: { intervalSeconds: 900 } } },
})).responseBody;
told.keys = made.attestation.symmetricKey;
const read = (await service.getEnrollmentGroup('sdk-keys')).responseBody;
told.shownAgain = read.attestation.symmetricKey;
told.mechanism = (await service.getEnrollmentGroupAttestationMechanism('sdk-keys')).responseBody.symmetricKey;
const changed = (await service.createOrUpdateEnrollmentGroup({ ...read, provisioningStatus: 'disabled' })).responseBody;
told.disabled = changed.provisioningStatus;
told.keptTag = changed.initialTwin.tags.lot;
told.stale = await statusOf(service.createOrUpdateEnrollmentGroup({ ...read, provisioningStatus: 'enabled' }));
told.authority = (await service.createOrUpdateEnrollmentGroup({
  enrollmentGroupId: 'sdk-ca', provisioningStatus: 'enabled',
  attestation: { type: 'x509', x509: { signingCertificates: { primary: { certificate: readFileSync(authority, 'utf8') } } } },
})).responseBody.attestation.x509.signingCertificates.primary.info.subjectName;
const query = service.createEnrollmentGroupQuery({ query: 'SELECT * FROM enrollmentGroups' }, 1);
told.pages = [];
while (query.hasMoreResults) told.pages.push((await query.next(query.continuationToken)).responseBody.map((one) => one.enrollmentGroupId));
told.registered = (await service.createEnrollmentGroupDeviceRegistrationStateQuery({ query: '*' }, 'sdk-ca', 10).next()).responseBody;
told.unregistered = await statusOf(service.getDeviceRegistrationState('nobody'));
told.staleDelete = await statusOf(service.deleteEnrollmentGroup('sdk-keys', read.etag));
await service.deleteEnrollmentGroup('sdk-keys', changed.etag);
await service.deleteEnrollmentGroup('sdk-ca');
told.gone = await statusOf(service.getEnrollmentGroup('sdk-keys'));
console.log(JSON.stringify(told));
process.exit(0);
