import { defineConfig } from "vite";

export default defineConfig({
  base: "/static/dist/",
  publicDir: false,
  build: {
    outDir: "static/dist",
    manifest: "manifest.json",
    // The content security policy has no data: for fonts and no inline modules.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2023",
    rollupOptions: { input: { app: "static/js/app.js" } },
  },
});
