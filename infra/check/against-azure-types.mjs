// `npm run types -- FOLDER`: compares infra/bicep with a checkout of github.com/Azure/bicep-types-az (a clone, bare
// or not). Not part of ./test, which needs no network.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { azureTypeProblems } from './azure-types.mjs';
import { infraFolder, textsBelow } from './files.mjs';
import { Project } from './project.mjs';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('Name a clone of github.com/Azure/bicep-types-az.');
  process.exit(2);
}

const git = (...options) => execFileSync('git', ['-C', folder, ...options], { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });
const names = git('ls-tree', '-r', '--name-only', 'HEAD', 'generated/').split('\n');

// A provider's types are in several folders of one version: the one that has the type is the one that counts.
function typesOf(target) {
  const [type, version] = target.toLowerCase().split('@');
  const end = `/${type.split('/')[0]}/${version}/types.json`;
  for (const name of names.filter((one) => one.endsWith(end))) {
    try {
      const types = JSON.parse(git('show', `HEAD:${name}`));
      if (types.some((one) => one.$type === 'ResourceType' && one.name.toLowerCase() === target.toLowerCase())) return types;
    } catch {
      // A clone may lack large files; what is not found is told of by the comparison.
    }
  }
  return undefined;
}

const { problems, checked } = azureTypeProblems(new Project(textsBelow(path.join(infraFolder, 'bicep'))), typesOf);
for (const one of problems) console.log(`${one.path}:${one.line} ${one.text}`);
console.log(`${checked} resources compared, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
