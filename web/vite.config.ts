/// <reference types="vitest/config" />
import { cp } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname, join, normalize, resolve } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const cesiumBuild = resolve(import.meta.dirname, 'node_modules/cesium/Build/Cesium');
const cesiumFolders = ['Workers', 'Assets', 'ThirdParty', 'Widgets'];
const gateway = 'http://127.0.0.1:8080';

const contentTypes: Record<string, string> = {
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.xml': 'text/xml',
};

/** Cesium fetches its workers and assets at run time from CESIUM_BASE_URL, so they cannot be bundled. */
function cesiumStatic(): Plugin {
  let outDir = '';
  return {
    name: 'cesium-static',
    configResolved: (config) => {
      outDir = resolve(config.root, config.build.outDir);
    },
    configureServer: (server) => {
      server.middlewares.use('/cesium/', (request, response, next) => {
        const path = normalize(decodeURIComponent((request.url ?? '').split('?')[0] ?? ''));
        const file = join(cesiumBuild, path);
        if (!cesiumFolders.some((folder) => file.startsWith(join(cesiumBuild, folder)))) return next();
        stat(file).then(
          (found) => {
            if (!found.isFile()) return next();
            response.setHeader('Content-Type', contentTypes[extname(file)] ?? 'application/octet-stream');
            createReadStream(file).pipe(response);
          },
          () => next(),
        );
      });
    },
    closeBundle: async () => {
      if (!outDir) return;
      for (const folder of cesiumFolders) {
        await cp(join(cesiumBuild, folder), join(outDir, 'cesium', folder), { recursive: true });
      }
    },
  };
}

export default defineConfig({
  define: { CESIUM_BASE_URL: JSON.stringify('/cesium/') },
  plugins: [cesiumStatic()],
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    // Cesium is one lazy chunk of about 4 MB; everything else stays far below this.
    chunkSizeWarningLimit: 5000,
    rolldownOptions: {
      output: {
        codeSplitting: { groups: [{ name: 'cesium', test: /node_modules[\\/](@cesium|cesium)[\\/]/ }] },
      },
    },
  },
  // Seeded rounds take seconds on a busy machine; the runner's own limit is 5 s.
  test: { testTimeout: 60_000 },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': gateway,
      '/hubs': { target: gateway, ws: true },
      '/health': gateway,
    },
  },
});
