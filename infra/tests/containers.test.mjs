// Dockerfiles, the compose file and azure.yaml, as far as they can be judged where Docker does not run.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { parse } from 'yaml';
import { composeProblems, copiedFolders, dockerfileProblems, readDockerfile, referencesOutside } from '../check/containers.mjs';
import { checkoutFolder, infraFolder, readText, textsBelow } from '../check/files.mjs';
import { propertiesOf, stringOf } from '../check/bicep.mjs';
import { Project } from '../check/project.mjs';

const has = (name) => fs.existsSync(path.join(checkoutFolder, name));
const images = ['gateway', 'silo'];
const dockerfile = (image) => readText('infra', 'containers', `${image}.Dockerfile`);
const compose = () => parse(readText('infra', 'compose.yaml'), { merge: true });
// The silo's project is made where Orleans restores; its Dockerfile is judged without it.
const hasButTheSilo = (name) => has(name) || name.startsWith('silo/DigitalTwin.Silo.Orleans');

for (const image of images) {
  test(`the ${image} image is rootless, has no shell and is built from what is there`, () =>
    assert.deepEqual(dockerfileProblems(dockerfile(image), hasButTheSilo), []));

  test(`the projects of the ${image} image refer to nothing that is not copied into the build`, () => {
    const folders = copiedFolders(dockerfile(image));
    for (const folder of folders.filter((one) => one.endsWith('/') && one !== 'web/')) {
      for (const [name, text] of textsBelow(path.join(checkoutFolder, folder))) {
        if (name.endsWith('.csproj') && !/(^|\/)(bin|obj)\//.test(name)) assert.deepEqual(referencesOutside(folder + name, text, folders), [], folder + name);
      }
    }
  });

  test(`what the ${image} image copies is not kept from the builder`, () => {
    const let_in = readText('.dockerignore').split('\n').filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    for (const source of copiedFolders(dockerfile(image))) assert.ok(let_in.includes(source.split('/')[0]), source);
  });
}

for (const [what, from, to, told] of [
  ['a user that is root', 'USER 1654:1654', 'USER root', 'it would not run as a user of its own, by number'],
  ['an image with a shell', 'aspnet:10.0-noble-chiseled', 'aspnet:10.0-noble', 'mcr.microsoft.com/dotnet/aspnet:10.0-noble has a shell'],
  ['an image without a version', 'sdk:10.0-noble', 'sdk', 'mcr.microsoft.com/dotnet/sdk has no version'],
  ['a copy of what is not there', 'COPY silo/ silo/', 'COPY silos/ silo/', 'no silos/ to copy'],
  ['a stage that is not there', '--from=build', '--from=built', 'no stage built'],
  ['a command that needs a shell', 'ENTRYPOINT ["dotnet", "DigitalTwin.Silo.Orleans.dll"]', 'ENTRYPOINT dotnet x', 'ENTRYPOINT needs a shell: write it as a list'],
  ['an option that there is not', 'COPY silo/ silo/', 'COPY --from-stage=x silo/ silo/', 'Unknown flag: from-stage'],
  ['a secret', 'ARG AZURE=true', 'ARG NUGET_TOKEN=abc', 'a secret in ARG'],
]) {
  test(`${what} in a Dockerfile is told of`, () => {
    const text = dockerfile('silo');
    assert.ok(text.includes(from));
    assert.ok(dockerfileProblems(text.replace(from, to), hasButTheSilo).some((problem) => problem.endsWith(told)));
  });
}

test('a reference out of the copied folders is told of', () =>
  assert.deepEqual(
    referencesOutside('silo/X/X.csproj', '<ProjectReference Include="../../bench/B/B.csproj" /><ProjectReference Include="../Y/Y.csproj" />', ['silo/']),
    ['bench/B/B.csproj']));

test('the cluster on one machine is sound', () => assert.deepEqual(composeProblems(compose(), has), []));

test('the cluster on one machine has two silos with addresses of their own, and they advertise these', () => {
  const silos = Object.entries(compose().services).filter(([, service]) => service.image === 'digitaltwin-silo');
  assert.equal(silos.length, 2);
  for (const [name, silo] of silos) {
    assert.equal(silo.environment.Orleans__SiloName, name);
    assert.equal(silo.environment.Orleans__AdvertisedIPAddress, silo.networks.cluster.ipv4_address);
  }
});

test('silos and gateways load the city that is in their images', () => {
  const settings = readText('infra', 'bicep', 'modules', 'settings.bicep');
  for (const image of images) {
    const last = readDockerfile(dockerfile(image)).at(-1).instructions;
    const copied = last.find((one) => one.name === 'COPY' && one.rest.includes('--from=city')).rest.split(' ').at(-1) + 'city.ndjson';
    assert.ok(last.some((one) => one.name === 'ENV' && one.rest.includes(`DigitalTwin__CityFile=${copied} `)), image);
    for (const service of Object.values(compose().services).filter((one) => one.image === `digitaltwin-${image}`)) {
      assert.equal(service.environment.DigitalTwin__CityFile, copied);
    }
    assert.match(settings, new RegExp(`'DigitalTwin__CityFile'\\s+value: '${copied}'`));
  }
  assert.match(readText('infra', 'publish-images.sh'), /--build-context city=/);
});

for (const [what, change, told] of [
  ['an image that is built without its city', (one) => { delete one.services.gateway.build.additional_contexts; }, 'gateway: its image is built without city'],
  ['a port open to every network', (one) => { one.services.gateway.ports[0] = '8883:8883'; }, 'gateway: 8883:8883 is open to every network'],
  ['a service that is waited for and is not there', (one) => { delete one.services.redis; }, 'silo-0: no service redis'],
  ['a wait for health that nobody asks for', (one) => { delete one.services.postgres.healthcheck; }, 'silo-0: postgres has no health check to wait for'],
  ['a network that is not there', (one) => { one.services.redis.networks = ['other']; }, 'redis: no network other'],
  ['a volume that is not there', (one) => { one.volumes = {}; }, 'postgres: no volume postgres'],
  ['a root that can be written', (one) => { one.services['silo-1'].read_only = false; }, 'silo-1: its root can be written'],
  ['one address for two silos', (one) => { one.services['silo-1'].networks.cluster.ipv4_address = '172.30.0.10'; }, '172.30.0.10 is given twice'],
  ['a password', (one) => { one.services.postgres.environment.POSTGRES_PASSWORD = 'x'; }, 'postgres: POSTGRES_PASSWORD is a secret'],
  ['a key that compose has not', (one) => { one.services.redis.memory = '1g'; }, 'redis: memory is unknown'],
  ['an image without a version', (one) => { one.services.redis.image = 'redis'; }, 'redis: redis has no version'],
]) {
  test(`${what} in the compose file is told of`, () => {
    const changed = compose();
    change(changed);
    assert.ok(composeProblems(changed, has).includes(told), composeProblems(changed, has).join('; '));
  });
}

test('the ports that apps and probes use are those that the images open', () => {
  const project = new Project(textsBelow(path.join(infraFolder, 'bicep')));
  for (const image of images) {
    const file = project.files.get(`modules/${image}.bicep`);
    const exposed = readDockerfile(dockerfile(image)).at(-1).instructions.find((one) => one.name === 'EXPOSE').rest.split(' ');
    const used = [...file.vars.values()].filter((one) => /^(listen\w+|mqtts|https|health)Port$/.test(one.name)).map((one) => one.value.text);
    assert.deepEqual(used.sort(), exposed.sort(), image);
  }
});

test('the probes ask for paths that the host serves', () => {
  const served = readText('gateway', 'DigitalTwin.Gateway', 'Api', 'OperationsApi.cs');
  for (const image of images) {
    const asked = [...readText('infra', 'bicep', 'modules', `${image}.bicep`).matchAll(/path: '(\/health\/\w+)'/g)].map((match) => match[1]);
    assert.equal(asked.length, 3, image);
    for (const one of asked) assert.ok(served.includes(`"${one}"`), one);
  }
});

test('the host has every option that the gateway is started with', () => {
  const known = readText('gateway', 'DigitalTwin.Host', 'HostOptions.cs');
  const bicep = [...readText('infra', 'bicep', 'modules', 'gateway.bicep').split("name: 'collector'")[0].matchAll(/'(--[a-z-]+)'/g)].map((match) => match[1]);
  const command = compose().services.gateway.command.filter((one) => one.startsWith('--'));
  const image = [...dockerfile('gateway').matchAll(/"(--[a-z-]+)"/g)].map((match) => match[1]);
  assert.ok(bicep.length > 5 && command.length > 3 && image.length > 2);
  for (const one of new Set([...bicep, ...command, ...image])) {
    assert.ok(known.includes(`"${one}"`), one);
  }
});

test('azd deploys a parameter file that is there, and runs a script that is there', () => {
  const azure = parse(readText('azure.yaml'));
  assert.ok(has(path.posix.join(azure.infra.path, `${azure.infra.module}.bicepparam`)));
  const script = azure.hooks.postprovision.run.split(' ')[0];
  assert.ok(fs.statSync(path.join(checkoutFolder, script)).mode & 0o100, script);
});

test('a replica of the Consumption profile has two gibibytes a core and no more than four cores, its collector included', () => {
  const project = new Project(textsBelow(path.join(infraFolder, 'bicep')));
  let checked = 0;
  for (const size of ['dev', 'city', 'country']) {
    for (const name of ['silo', 'gateway']) {
      const of = propertiesOf(project.files.get(`${size}.bicepparam`).params.get(name).value);
      if (stringOf(of.get('profile').value) !== 'Consumption') continue;
      const cpu = Number(stringOf(of.get('cpu').value)) + 0.25;
      const memory = Number.parseFloat(stringOf(of.get('memory').value)) + 0.5;
      assert.equal(memory, 2 * cpu, `${size} ${name}`);
      assert.ok(cpu <= 4, `${size} ${name}`);
      checked++;
    }
  }
  assert.ok(checked > 0);
});
