/**
 * Calls back with the files that somebody opens with the installed app, also with those it was started for.
 *
 * @param {(files: FileSystemFileHandle[]) => unknown} callback
 * @returns {() => void} ends it
 */
export function onOpenFiles(callback) {
  let over = false;
  window.launchQueue?.setConsumer(({ files }) => {
    if (!over && files.length) callback([...files]);
  });
  return () => {
    over = true;
  };
}
