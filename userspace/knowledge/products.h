// How the SIP ALG of a product is switched off: data/products.toml, which is part of the program.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vialens {

struct Product {
  // One of several ways, by version or by interface.
  struct Way {
    std::string where;  // "Web page", "Command line of 6.2.2 and later"
    std::vector<std::string> steps, commands;
  };

  std::string id, name;
  std::vector<std::string> also;          // what else it is called, in lower case
  std::vector<std::string> makers;        // beginnings of its maker's name, as the IEEE's registry and UPnP have it
  std::vector<std::string> models;        // beginnings of its model's name
  std::vector<std::string> fingerprints;  // kinds of ALG (crossing/fingerprint.h) that it has
  std::string setting;                    // what the switch is called there
  std::string by_default;                 // "on", "off", "unknown"
  std::string sure;                       // "documented", "reported", "assumed"
  std::string source, note;
  std::vector<Way> ways;
  bool fixed = false;  // its user cannot switch it off
};

struct Knowledge {
  std::vector<std::string> setting_names;  // all names that the switch goes by
  std::vector<std::string> after;          // steps, when it is switched off
  std::vector<std::string> otherwise;      // when it cannot be
  std::vector<Product> products;

  // The product that somebody calls so; nullptr if there is none.
  const Product* find(std::string_view word) const;
  // Ids that may have been meant by a word that find() does not know, the nearest first.
  std::vector<std::string> near(std::string_view word) const;
};

// Throws std::runtime_error, with the line, where the text is no such file.
Knowledge read_knowledge(std::string_view toml);

// What the program has with it.
const Knowledge& knowledge();

}  // namespace vialens
