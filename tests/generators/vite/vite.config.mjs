import { defineConfig } from "vite";

export default defineConfig({
  base: "@BASE@",
  build: { outDir: "out", emptyOutDir: true },
});
