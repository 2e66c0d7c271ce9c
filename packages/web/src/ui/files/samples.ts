import autumnFile from "../../../../../examples/photos/autumn.jpg?url";
import cliffFile from "../../../../../examples/photos/cliff.jpg?url";
import cypressesFile from "../../../../../examples/photos/cypresses.jpg?url";
import dunesFile from "../../../../../examples/photos/dunes.jpg?url";
import mountainFile from "../../../../../examples/photos/mountain.jpg?url";
import tulipsFile from "../../../../../examples/photos/tulips.jpg?url";
import autumn from "../samples/autumn.webp?url";
import cliff from "../samples/cliff.webp?url";
import cypresses from "../samples/cypresses.webp?url";
import dunes from "../samples/dunes.webp?url";
import mountain from "../samples/mountain.webp?url";
import tulips from "../samples/tulips.webp?url";

export interface Sample {
  name: string;
  /** What is to be seen. */
  title: string;
  /** Small picture, coloured by the shipped network; fetched with the page. */
  thumb: string;
  /** The photo; fetched when it is chosen. */
  url: string;
}

export const SAMPLES: readonly Sample[] = [
  { name: "mountain.jpg", title: "Mountain", thumb: mountain, url: mountainFile },
  { name: "tulips.jpg", title: "Tulips", thumb: tulips, url: tulipsFile },
  { name: "autumn.jpg", title: "Autumn fields", thumb: autumn, url: autumnFile },
  { name: "cypresses.jpg", title: "Cypresses", thumb: cypresses, url: cypressesFile },
  { name: "dunes.jpg", title: "Dunes", thumb: dunes, url: dunesFile },
  { name: "cliff.jpg", title: "Cliff", thumb: cliff, url: cliffFile },
];
