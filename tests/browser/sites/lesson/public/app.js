"use strict";

var field = document.getElementById("editor");
var outcome = document.getElementById("status");
var files = document.getElementById("files");

function openHistory() {
  return new Promise(function (resolve, reject) {
    var request = indexedDB.open("mdFileHistory", 8);
    request.onupgradeneeded = function () {
      if (!request.result.objectStoreNames.contains("mdFiles")) {
        request.result.createObjectStore("mdFiles", { keyPath: "createdAt" });
      }
    };
    request.onsuccess = function () { resolve(request.result); };
    request.onerror = function () { reject(request.error); };
  });
}

function inHistory(mode, work) {
  return openHistory().then(function (history) {
    return new Promise(function (resolve, reject) {
      var transaction = history.transaction("mdFiles", mode);
      var request = work(transaction.objectStore("mdFiles"));
      transaction.oncomplete = function () { history.close(); resolve(request.result); };
      transaction.onabort = function () { history.close(); reject(transaction.error); };
    });
  });
}

function showFiles() {
  return inHistory("readonly", function (store) { return store.getAll(); }).then(function (all) {
    files.replaceChildren.apply(files, all.map(function (file) {
      var item = document.createElement("li");
      item.dataset.createdAt = file.createdAt;
      item.textContent = file.content;
      return item;
    }));
  });
}

function saveFile(event) {
  event.preventDefault();
  inHistory("readwrite", function (store) {
    return store.put({ createdAt: Date.now(), content: field.value });
  }).then(function () {
    field.value = "";
    return showFiles();
  }).then(askForSync).then(function (asked) {
    outcome.textContent = asked ? "Saved, sync requested" : "Saved";
  }, function (error) {
    outcome.textContent = "Failed: " + error.message;
  });
}

function askForSync() {
  if (!("serviceWorker" in navigator) || !("SyncManager" in window)) return false;
  return navigator.serviceWorker.ready.then(function (registration) {
    return registration.sync.register("persistToDatabase");
  }).then(function () { return true; });
}

document.getElementById("form").addEventListener("submit", saveFile);
document.getElementById("notify").addEventListener("click", function () { Notification.requestPermission(); });
if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("./service-worker.js").then(function () {
    document.documentElement.dataset.registered = "yes";
  });
}
showFiles();
