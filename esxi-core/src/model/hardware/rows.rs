//! Rows of `hardware`. Options by the indexes of 5.0 and 8.0.1; letters that they lack are believed.

use crate::model::grammar::{Kind, Row, opt, req, table};

pub(in crate::model) static ROWS: &[Row] = table! {
    "hardware bootdevice list" V5_0 Table Verified "List the devices to boot from." [];
    "hardware clock get" V5_0 Bare Verified "Show the hardware clock." [];
    "hardware clock set" V5_0 None Verified "Set the hardware clock."
        [opt('d', "day", Kind::Int, "Day."), opt('H', "hour", Kind::Int, "Hour."),
         opt('m', "min", Kind::Int, "Minute."), opt('M', "month", Kind::Int, "Month."),
         opt('s', "sec", Kind::Int, "Second."), opt('y', "year", Kind::Int, "Year.")];
    "hardware cpu list" V5_0 Headed Verified "List the logical processors." [];
    "hardware cpu global get" V5_0 Simple Verified "Show what all processors have in common." [];
    "hardware cpu global set" V5_0 None Verified "Switch hyperthreading on or off at the next boot."
        [req('l', "hyperthreading", Kind::Bool, "On or off.")];
    "hardware memory get" V5_0 Simple Verified "Show the memory." [];
    "hardware pci list" V5_0 Headed Verified "List the PCI devices."
        [opt('c', "class", Kind::Int, "Limit to one class.").since(crate::EsxiVersion::new(5, 5)),
         opt('m', "mask", Kind::Int, "Bits of the class that count.").since(crate::EsxiVersion::new(5, 5))];
    "hardware platform get" V5_0 Simple Verified "Show the computer." [];
    "hardware trustedboot get" V5_1 Simple Believed "Show whether there is a TPM." [];
    "hardware usb passthrough device list" V6_5 Table Believed "List USB devices for virtual machines." [];
};
