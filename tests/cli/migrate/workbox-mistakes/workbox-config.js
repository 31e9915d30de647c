module.exports = {
  globDirectory: './',
  globPatterns: ['**/*.{html, css, js}', '_redirects', '**/*.map'],
  swSrc: 'js/sw.js',
  swDest: './js/sw.js',
  maximumFileSizeToCacheInBytes: 100 * 1024 * 1024,
  navigateFallback: ['index.html', 'offline.html'],
  runtimeCaching: [
    { urlPattern: '*', handler: 'NetworkFirst' },
    { urlPattern: /.eot|svg|ttf$/, handler: 'CacheFirst' },
    { urlPattern: /^\/api\//, handler: 'NetworkFirst' },
    { urlPattern: /fonts\.googleapis\.com/, handler: 'CacheFirst' },
    { urlPattern: 'http://localhost:3000/api', handler: 'NetworkFirst' },
    { urlPattern: /\/save$/, handler: 'CacheFirst', method: 'POST' },
  ],
};
