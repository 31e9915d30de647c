import { VitePWA } from 'vite-plugin-pwa';

export default {
  build: { outDir: 'out' },
  plugins: [
    VitePWA({
      strategies: 'generateSW',
      registerType: 'prompt',
      injectRegister: 'inline',
      filename: 'worker.js',
      manifestFilename: 'site.webmanifest',
      manifest: false,
      base: '/',
      buildBase: '/',
      scope: '/app/',
      includeAssets: '**/*.svg',
      includeManifestIcons: false,
      minify: false,
      mode: 'development',
      useCredentials: true,
      disable: process.env.NO_PWA === '1',
      selfDestroying: false,
      integration: {},
      pwaAssets: { image: 'public/logo.svg' },
      showMaximumFileSizeToCacheInBytesWarning: true,
      workbox: {
        globPatterns: ['**/*.{js,css,html,json}'],
        navigateFallback: null,
        cleanupOutdatedCaches: true,
        maximumFileSizeToCacheInBytes: 3000000,
        skipWaiting: true,
        importScripts: ['push.js'],
      },
    }),
  ],
};
