import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdir, readdir, readlink, rename, rm, rmdir, symlink } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { Fault, textOf } from "../../shared/kit/fault.ts";
import { pemOf } from "../../shared/kit/pem.ts";
import { isAbsent, readIfThere, syncFolder, writeWholeFile } from "../../shared/kit/wholeFile.ts";
import { readYaml, setInYaml } from "../../shared/kit/yaml.ts";

/** What `join` brings home. */
export interface Credentials {
  /** DER. */
  readonly ca: Buffer;
  /** DER. */
  readonly certificate: Buffer;
  /** PKCS #8, PEM. */
  readonly key: string;
  /** HOST:PORT that gave it. */
  readonly server: string;
}

/** What an edge's root holds of an earlier join. */
export interface Joined {
  readonly node: string | undefined;
  readonly site: string | undefined;
  readonly server: string | undefined;
  readonly ca: X509Certificate | undefined;
  /** Undefined also if it does not fit its key. */
  readonly certificate: X509Certificate | undefined;
}

/**
 * The folder of one edge: `config.yaml`, `data/`, and `pki`, a link to the folder of the present credentials. CA,
 * certificate and key change together when the link does, and the configuration comes last.
 */
export class EdgeRoot {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  get config(): string {
    return join(this.path, "config.yaml");
  }

  get unit(): string {
    return join(this.path, "edgeloom-edge.service");
  }

  get data(): string {
    return join(this.path, "data");
  }

  /** What is there; all undefined in a new folder. `config.dataDir` if it cannot be read. */
  async read(): Promise<Joined> {
    try {
      return await this.#read();
    } catch (cause) {
      throw cause instanceof Fault ? cause : this.#unusable(cause);
    }
  }

  async #read(): Promise<Joined> {
    const [config = "", ca, certificate, key, server] = await Promise.all(
      [this.config, this.#pki("ca.crt"), this.#pki("edge.crt"), this.#pki("edge.key"), this.#pki("server")].map(
        readIfThere,
      ),
    );
    const { node, site } = readYaml(config, this.config);
    return {
      node: typeof node === "string" ? node : undefined,
      site: typeof site === "string" ? site : undefined,
      server,
      ca: parsed(ca),
      certificate: fitting(certificate, key),
    };
  }

  /** Makes the folder if it is not there, and an empty one inside for new credentials. `config.dataDir` if it cannot. */
  async stage(id: string): Promise<Staged> {
    try {
      const made = await mkdir(this.path, { recursive: true, mode: 0o700 });
      const folder = join(this.path, `pki-${id}`);
      await mkdir(folder, { mode: 0o700 });
      return { folder, madeRoot: made !== undefined };
    } catch (cause) {
      throw this.#unusable(cause);
    }
  }

  /** Takes back what `stage` made. */
  async unstage({ folder, madeRoot }: Staged): Promise<void> {
    await rm(folder, { recursive: true, force: true });
    if (madeRoot) await rmdir(this.path);
  }

  /** Puts the staged credentials in force, and says in the configuration how to reach the hub. */
  async commit({ folder }: Staged, credentials: Credentials, settings: Settings): Promise<void> {
    const { ca, certificate, key, server } = credentials;
    try {
      const config = await this.#newConfig(settings);
      await writeWholeFile(join(folder, "edge.key"), key, 0o600);
      await writeWholeFile(join(folder, "edge.crt"), pemOf(certificate, "CERTIFICATE"), 0o644);
      await writeWholeFile(join(folder, "ca.crt"), pemOf(ca, "CERTIFICATE"), 0o644);
      await writeWholeFile(join(folder, "server"), server, 0o644);
      const before = await this.#pointTo(basename(folder));
      try {
        await writeWholeFile(this.config, config, 0o600);
      } catch (error) {
        await this.#pointTo(before);
        throw error;
      }
    } catch (cause) {
      throw cause instanceof Fault ? cause : this.#unusable(cause);
    }
    await this.#removeCredentials((name) => name !== basename(folder));
  }

  /** Removes everything that `join` wrote, the configuration first; gives the names of what was there. */
  async clear({ keepData }: { readonly keepData: boolean }): Promise<string[]> {
    const removed: string[] = [];
    const remove = async (path: string) => {
      if (!(await this.#names()).includes(basename(path))) return;
      await rm(path, { recursive: true, force: true });
      removed.push(basename(path));
    };
    try {
      await remove(this.config);
      await remove(join(this.path, "pki"));
      await this.#removeCredentials(() => true);
      await remove(this.unit);
      if (!keepData) await remove(this.data);
      if ((await this.#names()).length === 0) await rm(this.path, { recursive: true, force: true });
    } catch (cause) {
      throw this.#unusable(cause);
    }
    return removed;
  }

  async #newConfig({ node, site, hubUrl: url }: Settings): Promise<string> {
    const before = (await readIfThere(this.config)) ?? "";
    const hub = { url, ca: this.#pki("ca.crt"), certificate: this.#pki("edge.crt"), key: this.#pki("edge.key") };
    const dataDir = readYaml(before, this.config)["dataDir"] ?? this.data;
    return setInYaml(before, { node, site, dataDir, hub }, this.config);
  }

  /** Lets `pki` be another folder, at one stroke; gives the one before. Undefined is none. */
  async #pointTo(target: string | undefined): Promise<string | undefined> {
    const link = join(this.path, "pki");
    const before = await readlink(link).catch(() => undefined);
    if (target === undefined) {
      await rm(link, { force: true });
    } else {
      const fresh = join(this.path, `${target}.new`);
      await symlink(target, fresh);
      await rename(fresh, link);
    }
    await syncFolder(this.path);
    return before;
  }

  #pki(name: string): string {
    return join(this.path, "pki", name);
  }

  async #removeCredentials(obsolete: (name: string) => boolean): Promise<void> {
    for (const name of await this.#names()) {
      if (/^pki-[0-9a-f]+(\.new)?$/.test(name) && obsolete(name)) {
        await rm(join(this.path, name), { recursive: true, force: true });
      }
    }
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.path);
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  }

  #unusable(cause: unknown): Fault {
    return new Fault(
      "config.dataDir",
      `cannot use the edge's folder ${this.path}: ${textOf(cause)}; give this user the right to it, or choose another with --root`,
      { cause },
    );
  }
}

export interface Settings {
  readonly node: string;
  readonly site: string | undefined;
  /** wss://host:port */
  readonly hubUrl: string;
}

export interface Staged {
  readonly folder: string;
  /** The root was not there before. */
  readonly madeRoot: boolean;
}

/** Undefined if it is damaged: as good as none, and join makes a new one. */
function parsed(certificate: string | undefined): X509Certificate | undefined {
  try {
    return certificate === undefined ? undefined : new X509Certificate(certificate);
  } catch {
    return undefined;
  }
}

function fitting(certificate: string | undefined, key: string | undefined): X509Certificate | undefined {
  try {
    return key !== undefined && parsed(certificate)?.checkPrivateKey(createPrivateKey(key))
      ? parsed(certificate)
      : undefined;
  } catch {
    return undefined; // The key is damaged.
  }
}
