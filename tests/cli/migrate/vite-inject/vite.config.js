import { VitePWA } from 'vite-plugin-pwa';

const options = {
  strategies: 'injectManifest',
  srcDir: 'src',
  filename: 'sw.ts',
  injectRegister: false,
  injectManifest: { globPatterns: ['**/*.{js,css,html,svg}'], rollupFormat: 'es', maximumFileSizeToCacheInBytes: 4 << 20 },
};

export default { plugins: [VitePWA(options)] };
