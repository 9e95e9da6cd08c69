/** Images made on the spot: a few files and what to run, as a tar file that `ctr images import` takes. No registry is asked. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { arch, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface Image {
  /** The name in pods, with the tag: `swoll.test/caller:1`. */
  readonly name: string
  /** Path in the image → file of this machine, copied as an executable one. */
  readonly files: Readonly<Record<string, string>>
  readonly entrypoint: readonly string[]
}

const SOURCES = join(import.meta.dirname, 'images')

/** Makes a known number of calls: see images/caller.c for its arguments. */
export const CALLER = 'swoll.test/caller:1'
/** The system call that the caller makes, and nothing else in a container. */
export const CALLER_SYSCALL = 'sched_get_priority_max'
export const PAUSE = 'swoll.test/pause:1'

/** The images that every node has. */
export function buildOwnImages(folder: string): string[] {
  return [CALLER, PAUSE].map(name => {
    const program = /\/(\w+):/.exec(name)![1]!
    const path = compile(folder, program)
    return buildImage(folder, { name, files: { [`/${program}`]: path }, entrypoint: [`/${program}`] })
  })
}

/** Path of the static program that images/<program>.c becomes, in the folder. */
export function compile(folder: string, program: string): string {
  const path = join(folder, program)
  const flags = ['-static', '-O2', '-Wall', '-Wextra', '-Werror']
  execFileSync('cc', [...flags, '-o', path, join(SOURCES, `${program}.c`)])
  return path
}

/** A program of this machine with the libraries it is linked with, as `files` of an image. */
export function withLibraries(program: string): Record<string, string> {
  const listed = execFileSync('ldd', [program], { encoding: 'utf8' })
  const libraries = [...listed.matchAll(/(\/\S+) \(0x/g)].map(match => match[1]!)
  return Object.fromEntries([program, ...libraries].map(path => [path, path]))
}

/** Writes the image as a tar file (an OCI image layout 1.0) into the folder; gives its path. */
export function buildImage(folder: string, { name, files, entrypoint }: Image): string {
  const work = mkdtempSync(join(tmpdir(), 'swoll-image-'))
  try {
    mkdirSync(join(work, 'blobs/sha256'), { recursive: true })
    const layer = writeBlob(work, packFiles(work, files), 'application/vnd.oci.image.layer.v1.tar')
    const config = writeBlob(
      work,
      toConfig(layer.digest, entrypoint),
      'application/vnd.oci.image.config.v1+json',
    )
    const manifestType = 'application/vnd.oci.image.manifest.v1+json'
    const manifest = toJson({ schemaVersion: 2, mediaType: manifestType, config, layers: [layer] })
    const annotations = { 'io.containerd.image.name': name }
    const index = {
      schemaVersion: 2,
      manifests: [{ ...writeBlob(work, manifest, manifestType), annotations }],
    }
    writeFileSync(join(work, 'index.json'), toJson(index))
    writeFileSync(join(work, 'oci-layout'), toJson({ imageLayoutVersion: '1.0.0' }))
    const path = join(folder, `${name.replace(/[^\w.-]/g, '_')}.tar`)
    execFileSync('tar', ['-C', work, '-cf', path, 'oci-layout', 'index.json', 'blobs'])
    return path
  } finally {
    rmSync(work, { recursive: true })
  }
}

function packFiles(work: string, files: Image['files']): Buffer {
  const root = join(work, 'root')
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true })
    copyFileSync(source, join(root, path))
    chmodSync(join(root, path), 0o755)
  }
  const tar = join(work, 'layer.tar')
  execFileSync('tar', ['-C', root, '--owner=0', '--group=0', '--numeric-owner', '-cf', tar, '.'])
  return readFileSync(tar)
}

function toConfig(layerDigest: string, entrypoint: readonly string[]): Buffer {
  return toJson({
    architecture: arch() === 'x64' ? 'amd64' : arch(),
    os: 'linux',
    config: { Entrypoint: entrypoint },
    rootfs: { type: 'layers', diff_ids: [layerDigest] },
  })
}

function writeBlob(work: string, content: Buffer, mediaType: string) {
  const hex = createHash('sha256').update(content).digest('hex')
  writeFileSync(join(work, 'blobs/sha256', hex), content)
  return { mediaType, digest: `sha256:${hex}`, size: content.length }
}

function toJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}
