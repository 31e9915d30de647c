export default function (config) {
  config.addPassthroughCopy('css');
}

export const config = {
  dir: { input: 'src', output: 'out' },
};
