/** Sequences that once broke something, as they were shrunk; the seed decides the settings of their world. */
export const stories: readonly {
  readonly title: string
  readonly seed: number
  readonly commands: string
}[] = [
  {
    title: 'a repeatable request that is delivered again before its end is written is not run again',
    seed: 9,
    commands: `
      request 394389 780320 353157
      push 753112 986843 707312
      spawn 486786 632581 818031
      commit 874318 16050 690010
      succeed 665236 24544 166146
      succeed 701906 405038 418662
      succeed 528111 320016 730483
      repeat 1807 228818 118194
`,
  },
  {
    title: 'a request that is given up in the same turn as its claim is not run',
    seed: 10,
    commands: `
      spawn 998447 573771 817194
      request 942399 382210 499685
      deliver 463901 572063 818691
      succeed 833404 38676 453437
      succeed 359517 359906 18411
      push 732957 615173 239371
      commit 685951 258160 675304
      request 558115 380467 691709
      push 840971 411419 261557
      fail 802015 809586 74261
`,
  },
  {
    title: 'a repeatable request is not run again when the store has died before its claim was written',
    seed: 4,
    commands: `
      spawn 376360 258367 660824
      request 353140 21230 565909
      deliver 268505 950903 543694
      storeDies 690988 855625 252113
      succeed 210059 959877 315778
      succeed 50444 13631 491920
      succeed 139836 867301 326689
      repeat 29436 213334 541677
`,
  },
  {
    title: 'a runtime that refuses to be disposed of is ended by force',
    seed: 11,
    commands: `
      spawn 968789 154695 296707
      fail 580184 515504 466886
      fail 580580 525520 976882
`,
  },
  {
    title: 'a repeatable request that was refused is not run when it is delivered again',
    seed: 39,
    commands: `
      request 170525 352107 119210
      pushSome 986372 763410 872365
      spawn 313668 159641 843566
      commit 852078 50455 961146
      request 674241 832119 205295
      requestMany 978198 253152 720377
      succeed 340345 673491 857357
      request 822524 724369 30555
      succeed 190170 52591 566649
      succeed 805810 787136 115568
      succeed 779429 212178 224506
      succeed 197215 535087 45463
      request 528751 200779 791103
      succeed 724222 889570 974004
      repeat 29510 356696 514236
`,
  },
]
