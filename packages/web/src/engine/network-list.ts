/** Where the page finds the networks that it may use, relative to itself. */
export const NETWORKS_FILE = "networks.json";

export interface NetworkEntry {
  name: string;
  version: string;
  space: "lab" | "rgb";
  /** Height and width of the network's input must be multiples of this. */
  multiple: number;
  /** Short side in pixels that the network sees. */
  size: number;
  /** Path of the ONNX file beside the list; it changes with the content. */
  file: string;
  /** Size of the file. */
  bytes: number;
  /** Whether it takes colour hints as inputs of its own. */
  hints?: boolean;
}

/** The content of {@link NETWORKS_FILE}; the first network is the one used unless another is chosen. */
export interface NetworkList {
  networks: NetworkEntry[];
}
