// The files of the deployment as they are in this checkout.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const infraFolder = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
export const checkoutFolder = path.join(infraFolder, '..');

/** The text of every file below a folder, by its path from there with forward slashes. */
export function textsBelow(folder) {
  const texts = new Map();
  for (const entry of fs.readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const full = path.join(entry.parentPath ?? entry.path, entry.name);
    texts.set(path.relative(folder, full).split(path.sep).join('/'), fs.readFileSync(full, 'utf8'));
  }
  return texts;
}

export const readText = (...parts) => fs.readFileSync(path.join(checkoutFolder, ...parts), 'utf8');
