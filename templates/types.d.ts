/** What pwa.toml decides about the worker. */
interface WorkerConfig {
  /** Owner of every cache and database name. */
  id: string;
  /** The way from the worker's folder to the site's root. */
  root: string;
  /** Hash of all lists. */
  version: string;
  /** Requests in flight while installing. */
  parallel: number;
  host: HostRules;
  pages: {
    /** Milliseconds that the network is waited for when the page is kept. */
    timeout?: number;
    /** The file that answers every route. */
    shell?: string;
    /** Shown when a page is neither reachable nor kept. */
    offline?: string;
    /** The site's own page for what it does not have, where every page it has is kept. */
    notFound?: string;
    /** Regular expressions over paths from the root. */
    deny: string[];
  };
  routes: Route[];
  sync: SyncTag[];
  assets: AssetGroup[];
}

/** What a host does with a path for which it has no file of that very name. */
interface HostRules {
  /** Tried in order for "/a": a suffix that makes a file of it, and the end of a redirect or `null`. */
  bare: [suffix: string, redirect: string | null][];
  /** Tried in order for "/a/", without its slash. */
  slash: [suffix: string, redirect: string | null][];
}

/** What a host answers: a file of the site, or a redirect to a path. */
type Place = KeptPlace | { file?: undefined; redirect: string };

interface KeptPlace {
  file: string;
  digest: string;
  group: AssetGroup;
  redirect?: undefined;
}

/** A file of a version. */
interface ListedBody {
  /** Where its body is kept. */
  key: string;
  path: string;
  digest: string;
  group: AssetGroup;
}

/** What is noted of open pages. */
interface PageNotes {
  /** The version that was activated last. */
  active?: string;
  /** By client id: the version that a page came from, or "network". */
  clients: Record<string, string>;
}

interface AssetGroup {
  /** Of a group that pages ask for by name. */
  name?: string;
  /** With the worker, soon after it, on first use, or when a page asks. */
  install?: "optional" | "lazy" | "manual";
  /** Regular expressions over the text of a file for what does not count. */
  ignore?: string[];
  verify?: Verify;
  /** For HTML, which hosts rewrite. */
  verifyPages?: Verify;
  /** " /|0 a.html b.html /sub/|2 c.html /": folders with the number of their first file, then the names. */
  files: string;
  /** 12 characters a file, in the same order. */
  digests: string;
}

/** A rule of pwa.toml for requests that are not for files of the site. All durations in milliseconds. */
interface Route {
  /** Of its cache, behind the owner. */
  name: string;
  methods: string[];
  /** Any, where there is none. */
  destinations?: RequestDestination[];
  /** Regular expression over hosts; only the site itself where there is none. */
  host?: string;
  /** Regular expression over paths: from the site's root, or from the root of a `host`. */
  path: string;
  /** Regular expression over such a path and its query. */
  regex: string;
  /** Regular expression over the names of parameters that make no difference. */
  ignore?: string;
  strategy: string;
  timeout?: number;
  /** Younger than this: the network is not asked. */
  freshFor: number;
  /** Older than this: the network is asked first. */
  maxAge: number;
  /** Nothing where nothing is stored. */
  maxEntries?: number;
  /** That are kept; 0 is the status of an opaque answer. */
  statuses: number[];
  /** A write to what is kept makes it old. */
  invalidate: boolean;
  /** The file of the site that stands in for what can be had neither from the network nor from the cache. */
  fallback: Partial<Record<RequestDestination, string>>;
}

/** A request on its way through a rule. */
interface Visit {
  route: Route;
  request: Request;
  /** Under which the answer is kept. */
  address: string;
  /** Passes on what came from the network: a page from there gets its files from there, too. */
  arrived: (response: Response) => Response;
  /** Keeps the worker alive for work that the page does not wait for. */
  later: (work: Promise<unknown>) => void;
}

/** A kept answer and, in milliseconds, how long ago it was stored. */
interface Copy {
  response: Response;
  age: number;
}

/** What happens when a body is not the one that was built: the install fails, the pages are told, nobody looks. */
type Verify = "warn" | "off";

/** What pwa.toml decides about the page's module. */
interface PageConfig {
  id: string;
  /** The way from the module's folder to the site's root. */
  root: string;
  /** The worker, from the site's root. */
  worker: string;
  autoRegister: boolean;
  /** The groups that wait for a page to ask. */
  groups?: string[];
  /** The module that downloads for an installing worker, relative to this one. */
  downloads: string;
  /** The module of queued work, relative to this one. */
  outbox: string;
}

/** What pwa.toml decides about the module of queued work. */
interface OutboxConfig extends DrainConfig {
  /** The module that delivers where there is no worker, relative to this one. */
  drain: string;
}

/** What pwa.toml decides about the module that delivers where there is no worker. */
interface DrainConfig {
  id: string;
  /** The way from the module's folder to the site's root. */
  root: string;
  sync: SyncTag[];
}

/** What this browser offers. */
interface Registered {
  serviceWorker: boolean;
  backgroundSync: boolean;
}

/** A file that a page downloads for an installing worker. */
interface HelpFile {
  url: string;
  /** Where its body is kept. */
  key: string;
  digest: string;
  ignore?: string[];
}

/** A configuration as it is put in: what only rooms that are left out would read is left out, too. */
type Written<Config> = Omit<Config, "sync" | "push" | "periodicSync" | "outbox" | "downloads" | "routes" | "groups" | "update" | "toast" | "foreignCaches" | "share"> & Partial<Omit<Config, "sync">> & { sync?: Sketch<SyncTag>[] };

/** The same down to its last part. */
type Sketch<Part> = Part extends object ? { [Key in keyof Part]?: Sketch<Part[Key]> } : Part;
