import { defineConfig } from "vitest/config";

// Few files with lasting names: the server gives each an ETag, so a name need not change with its content.
export default defineConfig({
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the server's policy is default-src 'self': nothing may be a data: URL
    license: { fileName: "licenses.md" },
    rolldownOptions: {
      output: {
        entryFileNames: "page.js",
        chunkFileNames: "[name].js",
        assetFileNames: "[name][extname]",
      },
    },
  },
  server: { proxy: { "/api": "http://127.0.0.1:9760" } },
  test: { include: ["tests/unit/*.test.ts"] },
});
