// What a frame with 5,000 changes costs the page's main thread, with 100,000 lights and 50,000 buildings on the map.
// From the root of the checkout, after ./run or ./test has installed the page's packages:
//   node bench/frame-cost.mjs [BUILDINGS] [LIGHTS]
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [buildings = '50000', lights = '100000'] = process.argv.slice(2);
const web = join(dirname(fileURLToPath(import.meta.url)), '..', 'web');
const require = createRequire(join(web, 'package.json'));
const { chromium } = require('playwright-core');
const { createServer } = await import(pathToFileURL(require.resolve('vite')).href);

const server = await createServer({ root: web, server: { port: 0, proxy: {} }, logLevel: 'error' });
await server.listen();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1366, height: 768 } });
  page.on('pageerror', (error) => console.error(error.message));
  const { port } = server.httpServer.address();
  await page.goto(`http://127.0.0.1:${port}/harness/index.html?buildings=${buildings}&lights=${lights}`);
  await page.waitForFunction(() => window.harness?.ready === true, undefined, { timeout: 120_000 });
  await page.evaluate(() => window.harness.frameCost(20));
  const cost = await page.evaluate(() => window.harness.frameCost());
  const ms = (value) => `${value.toFixed(1)} ms`;
  console.log(`${buildings} buildings, ${lights} lights, 5,000 changes a frame, median of ${cost.runs} frames: `
    + `${ms(cost.whole)} (replica ${ms(cost.replica)}, map ${ms(cost.apply)}, draw calls ${ms(cost.render)}), `
    + `worst ${ms(cost.worst)}`);
} finally {
  await browser.close();
  await server.close();
}
