// What can be said of Dockerfiles and of the compose file without Docker.
import path from 'node:path';
import { validate } from 'dockerfile-utils';

/** The instructions of a Dockerfile, one per stage: lines joined, comments left out. */
export function readDockerfile(text) {
  const stages = [];
  const lines = text.split('\n').filter((line) => !line.startsWith('#')).join('\n').replace(/\\\n\s*/g, ' ').split('\n');
  for (const line of lines.map((one) => one.trim()).filter((one) => one !== '')) {
    const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [undefined, '?', line];
    if (name === 'FROM') {
      const [, image, as] = /^(?:--platform=\S+ )?(\S+)(?: AS (\S+))?$/.exec(rest) ?? [];
      stages.push({ image, as, instructions: [] });
    } else stages.at(-1)?.instructions.push({ name, rest });
  }
  return stages;
}

/** Folders that whoever builds an image names, beside the checkout. */
export const contexts = new Set(['city']);

const known = new Set(['ARG', 'CMD', 'COPY', 'ENTRYPOINT', 'ENV', 'EXPOSE', 'LABEL', 'RUN', 'STOPSIGNAL', 'USER', 'VOLUME', 'WORKDIR']);

/** Problems of a Dockerfile as sentences; `has` says whether the checkout has a path. */
export function dockerfileProblems(text, has) {
  const problems = validate(text).map((one) => `line ${one.range.start.line + 1}: ${one.message}`);
  const stages = readDockerfile(text);
  const names = new Set(stages.map((stage) => stage.as));
  for (const stage of stages) {
    if (stage.image === undefined || (!names.has(stage.image) && !/:[\w.-]*\d[\w.-]*$/.test(stage.image))) problems.push(`${stage.image} has no version`);
    if (/:latest$/.test(stage.image ?? '')) problems.push(`${stage.image} is another image every day`);
    for (const { name, rest } of stage.instructions) {
      if (!known.has(name)) problems.push(`${name} is no instruction to use here`);
      if (/(password|secret|token|connectionstring)\S*=/i.test(rest) && ['ENV', 'ARG'].includes(name)) problems.push(`a secret in ${name}`);
      if (name !== 'COPY') continue;
      const from = /--from=(\S+)/.exec(rest)?.[1];
      if (from !== undefined && !names.has(from) && !contexts.has(from)) problems.push(`no stage ${from}`);
      for (const source of from === undefined ? rest.split(/\s+/).filter((one) => !one.startsWith('--')).slice(0, -1) : []) {
        if (!has(source)) problems.push(`no ${source} to copy`);
      }
    }
  }
  const last = stages.at(-1);
  const users = last.instructions.filter((one) => one.name === 'USER').map((one) => one.rest);
  if (!/^[1-9]\d*(:[1-9]\d*)?$/.test(users.at(-1) ?? '')) problems.push('it would not run as a user of its own, by number');
  if (!/chiseled|distroless/.test(last.image)) problems.push(`${last.image} has a shell`);
  if (last.instructions.some((one) => one.name === 'RUN')) problems.push('nothing can run in an image without a shell');
  for (const { name, rest } of last.instructions) {
    if (['ENTRYPOINT', 'CMD'].includes(name) && !rest.startsWith('[')) problems.push(`${name} needs a shell: write it as a list`);
  }
  if (!last.instructions.some((one) => one.name === 'ENTRYPOINT')) problems.push('nothing is started');
  return problems;
}

/** The folders that the last publish copied in, for seeing that projects refer to nothing outside them. */
export function copiedFolders(text) {
  return readDockerfile(text).flatMap((stage) => stage.instructions)
    .filter((one) => one.name === 'COPY' && !one.rest.includes('--from='))
    .flatMap((one) => one.rest.split(/\s+/).slice(0, -1));
}

/** References of a project file that lead out of the folders given, as paths from the checkout's root. */
export function referencesOutside(projectPath, text, folders) {
  return [...text.matchAll(/Include="([^"]+)"/g)].map((match) => match[1].replaceAll('\\', '/'))
    .filter((reference) => reference.includes('/'))
    .map((reference) => path.posix.normalize(path.posix.join(path.posix.dirname(projectPath), reference)))
    .filter((target) => !folders.some((folder) => target.startsWith(folder)));
}

const serviceKeys = new Set(`build cap_drop command depends_on environment healthcheck image networks pids_limit ports
  read_only restart security_opt stop_grace_period tmpfs user volumes`.split(/\s+/));

/** Problems of a compose file, parsed with its merge keys applied; `has` says whether the checkout has a path. */
export function composeProblems(compose, has) {
  const problems = [];
  for (const key of Object.keys(compose)) {
    if (!['name', 'services', 'volumes', 'networks'].includes(key) && !key.startsWith('x-')) problems.push(`${key} is unknown`);
  }
  const addresses = [];
  for (const [name, service] of Object.entries(compose.services)) {
    const tell = (text) => problems.push(`${name}: ${text}`);
    for (const key of Object.keys(service)) if (!serviceKeys.has(key)) tell(`${key} is unknown`);
    if (service.image === undefined) tell('no image');
    for (const other of Object.keys(service.depends_on ?? {})) if (!(other in compose.services)) tell(`no service ${other}`);
    for (const [other, wait] of Object.entries(service.depends_on ?? {})) {
      if (wait.condition === 'service_healthy' && compose.services[other]?.healthcheck === undefined) tell(`${other} has no health check to wait for`);
    }
    const networks = Array.isArray(service.networks) ? service.networks : Object.keys(service.networks ?? {});
    for (const network of networks) if (!(network in (compose.networks ?? {}))) tell(`no network ${network}`);
    for (const volume of service.volumes ?? []) {
      const source = volume.split(':')[0];
      if (!/^[./]/.test(source) && !(source in (compose.volumes ?? {}))) tell(`no volume ${source}`);
    }
    for (const port of service.ports ?? []) if (!String(port).startsWith('127.0.0.1:')) tell(`${port} is open to every network`);
    if (service.build !== undefined && !has(service.build.dockerfile)) tell(`no ${service.build.dockerfile}`);
    for (const context of service.build === undefined ? [] : contexts) {
      if (service.build.additional_contexts?.[context] === undefined) tell(`its image is built without ${context}`);
    }
    for (const [setting, value] of Object.entries(service.environment ?? {})) {
      if (/password|secret|key$/i.test(setting) && value !== '') tell(`${setting} is a secret`);
    }
    if (String(service.image).startsWith('digitaltwin-')) {
      if (service.read_only !== true) tell('its root can be written');
      if (!/^[1-9]/.test(service.user ?? '')) tell('it runs as root');
      if (!(service.cap_drop ?? []).includes('ALL')) tell('it keeps capabilities');
    } else if (!/:[\w.-]*\d/.test(service.image ?? '')) tell(`${service.image} has no version`);
    if (!Array.isArray(service.networks)) for (const one of Object.values(service.networks ?? {})) if (one?.ipv4_address) addresses.push(one.ipv4_address);
  }
  for (const [i, address] of addresses.entries()) if (addresses.indexOf(address) < i) problems.push(`${address} is given twice`);
  return problems;
}
