// The Bicep files of a deployment together: who calls whom with what.
import path from 'node:path';
import { readBicep } from './bicep.mjs';

/** Files by path, and the relations between them. */
export class Project {
  /** @param {Map<string, string>} texts the text of every file by its path, with forward slashes */
  constructor(texts) {
    this.texts = texts;
    this.files = new Map([...texts].filter(([name]) => /\.bicep(param)?$/.test(name))
      .map(([name, text]) => [name, readBicep(name, text)]));
  }

  resolve(file, relative) {
    return path.posix.normalize(path.posix.join(path.posix.dirname(file.path), relative ?? ''));
  }

  /** The file that a module declaration, a `using` or an import names; undefined where there is none. */
  fileOf(file, relative) {
    return this.files.get(this.resolve(file, relative));
  }

  moduleOf(file, module) {
    return this.fileOf(file, module.target);
  }

  /** A type by the name that a file may use for it: its own, or an imported one. */
  typeOf(file, name) {
    const own = file?.types.get(name);
    if (own !== undefined) return own;
    const imported = file?.imports.get(name);
    return imported === undefined ? undefined : this.fileOf(file, imported.from)?.types.get(name);
  }

  /** A variable that a file may use: its own, or an imported one. */
  varOf(file, name) {
    const imported = file.imports.get(name);
    return imported === undefined ? file.vars.get(name) : this.fileOf(file, imported.from)?.vars.get(name);
  }
}
