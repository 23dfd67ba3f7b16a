import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { defineConfig } from "vite";

const ASSETS = join(import.meta.dirname, "dist", "assets");

/** Leaves a .gz beside every asset. */
const compressed = {
  name: "compressed",
  closeBundle() {
    for (const name of readdirSync(ASSETS)) {
      const asset = join(ASSETS, name);
      writeFileSync(`${asset}.gz`, gzipSync(readFileSync(asset), { level: 9 }));
    }
  },
};

export default defineConfig({
  base: "/graphql/",
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the page's security policy allows no data: address but images
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 4000,
    reportCompressedSize: false,
    // The packages mark their modules for React Server Components, which mean nothing to a bundle.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
  worker: { format: "es" },
  plugins: [compressed],
});
