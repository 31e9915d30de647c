window.search = {};
