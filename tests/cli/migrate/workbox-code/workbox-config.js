const path = require('path');
const { shared } = require('./shared');

module.exports = {
  ...shared,
  globDirectory: path.resolve('dist'),
  globPatterns: ['**/*.html', `${process.env.KIND}/*.js`, '!(admin)/**'],
  globFollow: false,
  swSrc: 'src/sw.js',
  swDest: 'dist/sw.js',
  injectionPoint: 'self.__WB_MANIFEST',
  additionalManifestEntries: [{ url: '/api/menu', revision: null }],
  templatedURLs: { '/shell': ['templates/*.html'] },
  manifestTransforms: [(entries) => ({ manifest: entries })],
  importScripts: ['push.js'],
  offlineGoogleAnalytics: true,
  navigateFallback: pages.shell,
  navigateFallbackDenylist: [/^\/(?:api|admin)(?!\/public)/, (url) => url.pathname === '/x'],
  directoryIndex: null,
  runtimeCaching: [
    {
      urlPattern: ({ request }) => request.destination === 'image',
      handler: 'CacheFirst',
      options: { cacheName: 'pictures', expiration: { maxEntries: 20 }, plugins: [new Plugin()] },
    },
    {
      urlPattern: /^https:\/\/api[0-9]\.example\.com\//,
      handler: async ({ event }) => fetch(event.request),
      options: { cacheName: `api-${version}`, fetchOptions: { credentials: 'include' }, broadcastUpdate: {} },
    },
    {
      urlPattern: /\/api\/.*\/photos/,
      handler: 'NetworkOnly',
      method: 'POST',
      options: { backgroundSync: { name: 'photos' } },
    },
    ...shared.rules,
  ],
  cacheID: 'weir',
};
