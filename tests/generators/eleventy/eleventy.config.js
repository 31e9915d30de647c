import { EleventyHtmlBasePlugin } from "@11ty/eleventy";

export default function (config) {
  config.addPlugin(EleventyHtmlBasePlugin);
  config.addPassthroughCopy("src/static");
}

export const config = {
  dir: { input: "src", output: "out" },
  pathPrefix: "@BASE@",
};
