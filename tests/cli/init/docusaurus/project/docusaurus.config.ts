import type { Config } from '@docusaurus/types';

const config: Config = {
  title: 'Weir manual',
  url: 'https://ana.github.io',
  baseUrl: '/manual/',
  presets: [['classic', { docs: { path: 'docs' } } satisfies object]],
};

export default config;
