import { describe, expect, it } from 'vitest';

const LinesMax = 400;
const files = import.meta.glob<string>('../src/**/*.ts', { query: '?raw', import: 'default', eager: true });

/** What each folder may import from; `main.ts` alone sees everything. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  twins: ['twins'],
  i18n: ['i18n'],
  feed: ['feed', 'twins'],
  layers: ['layers', 'twins'],
  workplaces: ['workplaces', 'feed', 'twins', 'i18n', 'layers/mapPort'],
};

const sources = Object.entries(files).map(([path, text]) => ({ path: path.replace('../src/', ''), text }));
const imports = (text: string): string[] =>
  [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, specifier]) => specifier!);

function resolve(path: string, specifier: string): string {
  const parts = path.split('/').slice(0, -1);
  for (const step of specifier.split('/')) {
    if (step === '..') parts.pop();
    else if (step !== '.') parts.push(step);
  }
  return parts.join('/');
}

describe('the source', () => {
  it('is found', () => {
    expect(sources.length).toBeGreaterThan(30);
    expect(sources.flatMap(({ text }) => imports(text)).length).toBeGreaterThan(100);
  });

  it.each(Object.keys(allowed))('%s imports only in the allowed direction', (folder) => {
    for (const { path, text } of sources.filter((source) => source.path.startsWith(`${folder}/`))) {
      for (const specifier of imports(text).filter((name) => name.startsWith('.'))) {
        const target = resolve(path, specifier);
        const isAllowed = allowed[folder]!.some((name) => target === name || target.startsWith(`${name}/`));
        expect(isAllowed, `${path} imports ${target}`).toBe(true);
      }
    }
  });

  it('speaks to the network in feed and twins/cityApi alone, and draws in layers alone', () => {
    for (const { path, text } of sources) {
      if (!path.startsWith('layers/')) expect(imports(text), path).not.toContain('cesium');
      if (path.startsWith('feed/') || path === 'twins/cityApi.ts' || path === 'main.ts') continue;
      expect(text, path).not.toMatch(/\bfetch\(|new WebSocket|new Worker|@microsoft\/signalr/);
    }
  });

  it('has no file longer than a reader can hold', () => {
    for (const { path, text } of sources) expect(text.split('\n').length, path).toBeLessThanOrEqual(LinesMax + 1);
  });
});
