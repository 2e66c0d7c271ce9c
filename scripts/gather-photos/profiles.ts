/**
 * Photos with a colour profile that was passed over when the networks were trained and judged on them: their samples
 * were taken for sRGB as they stand. All others have a profile that says sRGB, none, or one that was followed.
 */
const PASSED_OVER = new Set([
  "usr/lib/python3/dist-packages/skimage/data/rocket.jpg",
  "usr/share/digikam/about/images/body-background.jpg",
  "usr/share/games/endless-sky/images/land/hills5-sfiera.jpg",
  "usr/share/gcompris-qt/rcc/clickgame.rcc!/gcompris/src/activities/clickgame/resource/sea3.webp",
  "usr/share/gcompris-qt/rcc/explore_monuments.rcc!/gcompris/src/activities/explore_monuments/resource/wonders/christTheRedeemer.webp",
  "usr/share/gcompris-qt/rcc/explore_world_animals.rcc!/gcompris/src/activities/explore_world_animals/resource/animals/crocodile.webp",
  "usr/share/gcompris-qt/rcc/explore_world_music.rcc!/gcompris/src/activities/explore_world_music/resource/music/orchestra.webp",
  "usr/share/libjxl-testdata/jxl/hdr_room.png",
]);

/** Whether the profile of the photo at a listed path is to be followed into sRGB. */
export function followsProfile(path: string): boolean {
  return !PASSED_OVER.has(path);
}
