import { defineConfig } from 'astro/config';

export default defineConfig({
  site: 'https://ana.pages.dev',
  base: '/docs',
  integrations: [],
});
